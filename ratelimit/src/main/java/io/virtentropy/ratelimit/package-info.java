/**
 * Limits on how fast entropy flows. {@link io.virtentropy.ratelimit.RateLimiter} is the one
 * interface a consumer sees; {@link io.virtentropy.ratelimit.NanoClock} is where time comes from.
 * Nothing here knows about devices, sources or threads.
 */
package io.virtentropy.ratelimit;

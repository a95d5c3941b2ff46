/**
 * The arithmetic of one bucket of tokens: exact, without drift, in 128 bits. Not exported; {@code
 * TokenBucket} and the classes of a hierarchical token bucket are made of it.
 */
package io.virtentropy.ratelimit.bucket;

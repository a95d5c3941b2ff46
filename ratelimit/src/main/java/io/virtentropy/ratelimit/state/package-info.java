/**
 * How saved limiters are laid out in bytes: a tag that says what was saved, a version, and numbers,
 * each with a name and a range. Not exported; what it writes is opaque to users, and what it reads
 * is treated as hostile.
 */
package io.virtentropy.ratelimit.state;

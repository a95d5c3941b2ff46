/**
 * How a source of one's own is written. {@link io.virtentropy.examples.hexsource.HexSource} has to
 * wait for its device and so has a thread, a queue of requests and all that follows from them;
 * {@link io.virtentropy.examples.hexsource.HexSourceProvider} makes it known as {@code hex:FILE}.
 * Its test is the contract of a source, extended.
 */
package io.virtentropy.examples.hexsource;

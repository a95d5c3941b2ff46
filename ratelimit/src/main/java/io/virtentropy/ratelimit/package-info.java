/**
 * Limits on how fast entropy flows. {@link io.virtentropy.ratelimit.RateLimiter} is the one
 * interface a consumer sees; {@link io.virtentropy.ratelimit.NanoClock} is where time comes from.
 * Nothing here knows about devices, sources or threads.
 *
 * <h2>Which one</h2>
 *
 * <table>
 * <caption>The limiters and what each is for</caption>
 * <tr><th>limiter</th><th>grants</th><th>use it</th></tr>
 * <tr><td>{@link io.virtentropy.ratelimit.RateLimiter#unlimited}</td>
 *     <td>everything</td><td>for a fast source and trusted guests</td></tr>
 * <tr><td>{@link io.virtentropy.ratelimit.QuotaWindow}</td>
 *     <td>a quota per window; twice of it around a window's end</td>
 *     <td>to keep QEMU's and libvirt's meaning of {@code max-bytes} and {@code period}</td></tr>
 * <tr><td>{@link io.virtentropy.ratelimit.SlidingQuota}</td>
 *     <td>a quota in every interval of a period</td>
 *     <td>where a quota is a promise to somebody</td></tr>
 * <tr><td>{@link io.virtentropy.ratelimit.TokenBucket}</td>
 *     <td>evenly, with bursts</td><td>for one guest, in all other cases</td></tr>
 * <tr><td>{@code io.virtentropy.ratelimit.htb}</td>
 *     <td>evenly, with bursts, shared by a tree of classes</td>
 *     <td>for several guests on one source</td></tr>
 * </table>
 *
 * <p>{@link io.virtentropy.ratelimit.QemuQuota} is no limiter but QEMU's accounting to the letter,
 * for a device that imitates QEMU's request loop.
 *
 * <h2>How a consumer uses one</h2>
 *
 * <pre>{@code
 * long granted = limiter.acquireUpTo(bufferLength);
 * if (granted == 0) {
 *   wakeMeIn(limiter.nanosUntil(1));    // or until as much as is worth waking for
 * } else {
 *   long delivered = backend.read(buffer, granted);
 *   limiter.refund(granted - delivered); // delivered bytes count, and no others
 * }
 * }</pre>
 *
 * <h2>Threads</h2>
 *
 * <p>A limiter belongs to one thread at a time and pays for no other. Two ways to share one have
 * proved themselves:
 *
 * <ul>
 *   <li>One thread owns the limiter and the source, serves all consumers in a loop and is sent
 *       their requests through a queue. Nothing is locked; the tree's {@code nextReady} says whom
 *       to serve. This suits a daemon.
 *   <li>{@link io.virtentropy.ratelimit.SharedLimiter} puts one lock around the leaves of a tree.
 *       This suits devices that run on threads of their own. A decision takes a fraction of a
 *       microsecond in a tree of some thousand leaves, so the lock is hardly ever waited for.
 * </ul>
 *
 * <h2>Saved state</h2>
 *
 * <p>Every limiter saves what a restored guest must not get twice, with instants relative to the
 * moment of saving, and takes it back only whole and only if it could be its own. The format is
 * versioned and otherwise nobody's business.
 */
package io.virtentropy.ratelimit;

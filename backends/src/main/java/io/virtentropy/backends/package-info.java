/**
 * Where entropy comes from.
 *
 * <p>An {@link io.virtentropy.backends.EntropyBackend} is asked in two steps. First {@code fill}: a
 * source that has bytes at hand writes them straight into the consumer's memory and returns. If it
 * has none, the consumer hands over an {@link io.virtentropy.backends.EntropyRequest} with a buffer
 * of its own, which the source completes later, from any thread:
 *
 * <pre>
 *   consumer ── fill(target) ──▶ source     n &gt; 0: done, nothing was copied or allocated
 *       │                          │        0: not now
 *       └── submit(request) ─────▶ │
 *                                  │  claim → write → complete   (or fail)
 *       ◀── wake-up, isDone ───────┘
 * </pre>
 *
 * <p>Sources are named by strings such as {@code random:/dev/hwrng}, resolved by {@link
 * io.virtentropy.backends.EntropyBackends} through the service loader.
 */
package io.virtentropy.backends;

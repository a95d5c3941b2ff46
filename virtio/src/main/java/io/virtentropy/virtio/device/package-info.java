/**
 * The entropy device itself, without a transport.
 *
 * <pre>
 *   transport ── registers ──▶ VirtioRngDevice: features, status, faults
 *                                   │ kick, poll
 *                              RequestLoop ── pop ──▶ SplitVirtqueue
 *                                   │
 *                         RateLimiter, EntropyBackend
 * </pre>
 *
 * <p>{@link io.virtentropy.virtio.device.RequestLoop} serves one queue and knows nothing of
 * registers, so that vhost-user can use it too. {@link
 * io.virtentropy.virtio.device.VirtioRngDevice} adds what a driver negotiates. Nothing here has a
 * thread or a lock; time, memory and source are given.
 */
package io.virtentropy.virtio.device;

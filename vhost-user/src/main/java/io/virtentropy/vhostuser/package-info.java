/**
 * Entropy devices for virtual machines in other processes (vhost-user).
 *
 * <pre>
 *   VhostUserServer    one thread, one epoll set
 *     │ one for each guest
 *   Endpoint ─── Connection ─── Session        messages: what is negotiated
 *     │                            │
 *     ├── MemoryTable ◀────────────┤           the guest's memory, mapped
 *     └── Vring ◀──────────────────┘           started, enabled, served
 *           └── RequestLoop, SplitVirtqueue    of the virtio module
 * </pre>
 *
 * <p>A kick, or a look at the ring while the thread is awake, runs the loop; what it returns is
 * told through the call descriptor. Nothing is allocated on that way.
 *
 * <h2>What is spoken</h2>
 *
 * <ul>
 *   <li>Features {@code INDIRECT_DESC}, {@code EVENT_IDX}, {@code VERSION_1}; one split ring.
 *       {@code RING_RESET} is not offered: no message carries it.
 *   <li>Protocol features {@code MQ}, {@code REPLY_ACK}, {@code RESET_DEVICE}, {@code
 *       CONFIGURE_MEM_SLOTS}, {@code STATUS}. {@code CONFIGURE_MEM_SLOTS} is not offered where the
 *       front-end is the one that listens: QEMU 7.2 would not share its memory with a back-end that
 *       was restarted.
 *   <li>No dirty log, so no live migration; QEMU can't migrate this device anyway.
 *   <li>{@code GET_VRING_BASE} waits for nothing: requests at a slow source are given up, and the
 *       index is that of the first buffer that was not returned.
 *   <li>A well-formed request that can't be granted is answered with a failure if the front-end
 *       asks for answers; else the connection ends, as it does for malformed ones.
 *   <li>Kick and call descriptors are made non-blocking, for everybody who shares them.
 * </ul>
 */
package io.virtentropy.vhostuser;

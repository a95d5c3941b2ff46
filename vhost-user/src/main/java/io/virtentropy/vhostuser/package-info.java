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
 */
package io.virtentropy.vhostuser;

/**
 * libvirt's guests, served without anything being configured for each: {@link
 * io.virtentropy.distribution.libvirt.LibvirtGuests}.
 *
 * <p>{@link io.virtentropy.distribution.libvirt.DomainFollower} holds the connection and learns
 * which domains run; it and those who make its {@link
 * io.virtentropy.distribution.libvirt.HypervisorCalls} are the only ones that wait for libvirt.
 * What it has learnt, {@link io.virtentropy.distribution.libvirt.GuestPlacer} puts into pools, and
 * again whenever a pool changes. Who goes where is {@link
 * io.virtentropy.distribution.libvirt.Placement}'s to say, which knows neither libvirt nor threads.
 *
 * <pre>
 *   libvirtd --events--> DomainFollower --domains--> GuestPlacer --devices--> PoolServer
 *                                                        ^
 *                               PoolControl --events-----'
 * </pre>
 */
package io.virtentropy.distribution.libvirt;

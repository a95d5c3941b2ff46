/**
 * The other side: what a virtual machine monitor does, for tests and benchmarks of back-ends.
 *
 * <p>{@link io.virtentropy.vhostuser.frontend.FrontEnd} speaks vhost-user, {@link
 * io.virtentropy.vhostuser.frontend.SharedRam} is guest memory that it shares, and the ring is a
 * {@link io.virtentropy.virtio.driver.SplitRingDriver} of the virtio module.
 */
package io.virtentropy.vhostuser.frontend;

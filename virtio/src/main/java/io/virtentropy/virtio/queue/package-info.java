/**
 * Virtqueues from the device's side.
 *
 * <pre>
 *   driver: writes descriptors ─▶ available ring ─▶ kick
 *                                     │ pop: validate a whole chain before use
 *   device:                      DescriptorChain
 *                                     │ fill, then push
 *                                 used ring ─▶ publish ─▶ notify, if the driver wants it
 * </pre>
 *
 * <p>Whatever is wrong with a ring or a chain becomes a {@link
 * io.virtentropy.virtio.queue.RingFault}: a value, never an exception.
 */
package io.virtentropy.virtio.queue;

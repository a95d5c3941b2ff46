/**
 * The MMIO transport (virtio 1.3 §4.2): the entropy device as a window of registers that an
 * emulator maps into its guest's address space.
 *
 * <p>{@link io.virtentropy.virtio.transport.mmio.MmioTransport} is what an emulator holds; {@link
 * io.virtentropy.virtio.transport.mmio.MmioLayout} says where the registers lie.
 */
package io.virtentropy.virtio.transport.mmio;

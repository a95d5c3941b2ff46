/**
 * The other side: what a guest's driver does, for tests of devices, transports and virtual machine
 * monitors, and for firmware-like code that runs in the monitor.
 *
 * <p>{@link io.virtentropy.virtio.driver.SplitRingDriver} builds chains, publishes and reaps them
 * over any guest memory, and lets a test write every field wrongly. {@link
 * io.virtentropy.virtio.driver.MmioRngDriver} finds an entropy device behind its registers and
 * reads from it, {@link io.virtentropy.virtio.driver.PciRngDriver} does so on PCI, where {@link
 * io.virtentropy.virtio.driver.PciProbe} has placed it; both as modern and as legacy drivers.
 */
package io.virtentropy.virtio.driver;

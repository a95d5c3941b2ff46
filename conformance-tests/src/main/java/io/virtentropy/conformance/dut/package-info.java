/**
 * A PCI entropy device as a suite sees it, whoever made it: {@link
 * io.virtentropy.conformance.dut.DeviceUnderTest} is everything a guest can do to the device and
 * observe of it, and {@link io.virtentropy.conformance.dut.EntropySupply} is the other end, where
 * the device gets its bytes.
 *
 * <p>A suite is written against these two and run on a real QEMU ({@code
 * io.virtentropy.conformance.qemu.QemuDevice}), on a device in this process, or on an
 * implementation of somebody else's. {@link io.virtentropy.conformance.dut.PciFirmware} does what
 * firmware does before a driver starts.
 */
package io.virtentropy.conformance.dut;

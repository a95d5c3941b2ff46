/**
 * QEMU as a test bench: a machine without a guest, whose memory, ports and PCI devices a test
 * drives through QEMU's qtest protocol, and whose control is QMP.
 *
 * <p>{@link io.virtentropy.conformance.qemu.QemuBinary} says what a QEMU can do; {@link
 * io.virtentropy.conformance.qemu.QemuMachine} starts one and ends it whatever happens; it holds a
 * {@link io.virtentropy.conformance.qemu.QtestClient} and a {@link
 * io.virtentropy.conformance.qemu.QmpClient}. {@link
 * io.virtentropy.conformance.qemu.PciConfigSpace} reaches configuration space over the first. Bytes
 * that a test knows come from an {@link io.virtentropy.conformance.qemu.EgdPeer}, a {@link
 * io.virtentropy.conformance.qemu.FifoSource} or QEMU's own generator, whose stream {@link
 * io.virtentropy.conformance.qemu.SeededStream} repeats. {@link
 * io.virtentropy.conformance.qemu.QemuDevice} puts all of it behind the suites' interface.
 *
 * <p>Data moves by question and answer: one command, one reply, always waited for and never longer
 * than a deadline. Nothing sleeps, nothing polls the clock.
 */
package io.virtentropy.conformance.qemu;

/**
 * What the virtio specification asks of an entropy device, as a suite for any device.
 *
 * <p>Each {@link io.virtentropy.conformance.spec.Check} carries a {@link
 * io.virtentropy.conformance.spec.Requirement}: its id, how strongly it binds, a sentence, and what
 * to look at in a device that fails. It is written once, as what a driver does with registers,
 * memory and a source, and runs on every {@link io.virtentropy.conformance.spec.Subject}: PCI or
 * MMIO, modern or legacy. {@link io.virtentropy.conformance.spec.SpecSuite} runs them all and makes
 * a {@link io.virtentropy.conformance.spec.SpecReport}; what is known of a device is data, {@link
 * io.virtentropy.conformance.spec.Deviation}, and never a special case in a check.
 */
package io.virtentropy.conformance.spec;

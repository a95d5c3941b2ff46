/**
 * libvirt's {@code <rng>} element: read and written by {@link
 * io.virtentropy.distribution.rng.RngXmlParser} and {@link
 * io.virtentropy.distribution.rng.RngXmlFormatter}, held as a {@link
 * io.virtentropy.distribution.rng.RngDevice}, and turned into QEMU's command line by {@link
 * io.virtentropy.distribution.rng.QemuArguments} or into the settings of a device of ours by {@link
 * io.virtentropy.distribution.rng.DeviceSettings}.
 *
 * <p>Everything in it is a value or a function of values; any thread may use it.
 */
package io.virtentropy.distribution.rng;

/**
 * The daemon against a real libvirtd and real guests under QEMU.
 *
 * <p>{@link io.virtentropy.conformance.libvirt.LibvirtSession} is a libvirtd of its own, {@link
 * io.virtentropy.conformance.libvirt.StreamGuest} a domain that writes all its {@code /dev/hwrng}
 * gives to a file of the host, {@link io.virtentropy.conformance.libvirt.PoolDaemon} the daemon as
 * a process. {@link io.virtentropy.conformance.libvirt.SourcePieces} finds every byte of those
 * files in the source, and tells when one was delivered twice.
 */
package io.virtentropy.conformance.libvirt;

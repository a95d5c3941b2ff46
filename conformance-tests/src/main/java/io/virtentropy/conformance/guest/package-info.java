/**
 * A real Linux guest under QEMU, driven from Java: {@link
 * io.virtentropy.conformance.guest.GuestMachine} boots it, {@link
 * io.virtentropy.conformance.guest.GuestAgent} has it read {@code /dev/hwrng} and send back what it
 * got, {@link io.virtentropy.conformance.guest.CounterStream} checks that nothing was delivered
 * twice or out of order.
 *
 * <p>The guest itself is made by the scripts in {@code conformance-tests/guest}.
 */
package io.virtentropy.conformance.guest;

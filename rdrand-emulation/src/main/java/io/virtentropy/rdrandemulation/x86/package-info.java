/**
 * RDRAND and RDSEED (SDM vol. 2B), for interpreters and for monitors that are told of an
 * instruction they have to carry out.
 *
 * <pre>
 *   bytes ──▶ Group9Decoder ──▶ RdrandEmulator ──▶ CpuState     registers, flags, RIP
 *                                     │
 *                               RandomNumbers
 * </pre>
 *
 * <p>Three more ways lead to the same emulator: {@link
 * io.virtentropy.rdrandemulation.x86.InvalidOpcodeTrap}, {@link
 * io.virtentropy.rdrandemulation.x86.VmxRandomExits} and {@link
 * io.virtentropy.rdrandemulation.x86.KvmEmulationFailure}. What the guest is told it has is {@link
 * io.virtentropy.rdrandemulation.x86.RandomFeatures}' business.
 */
package io.virtentropy.rdrandemulation.x86;

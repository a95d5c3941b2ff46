/**
 * RNDR and RNDRRS of AArch64 (FEAT_RNG, Arm ARM D19): system registers whose reads are numbers. The
 * other architecture of the family of {@link io.virtentropy.rdrandemulation}; note that Z set means
 * failure here, where carry set means success on x86.
 */
package io.virtentropy.rdrandemulation.aarch64;

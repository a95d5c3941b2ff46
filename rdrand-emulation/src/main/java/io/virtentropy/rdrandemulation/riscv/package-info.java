/**
 * The {@code seed} register of RISC-V (Zkr, scalar cryptography extension): 16 bits per poll, with
 * a state beside them. See {@link io.virtentropy.rdrandemulation} for where numbers come from.
 */
package io.virtentropy.rdrandemulation.riscv;

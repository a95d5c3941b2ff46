/**
 * Where the numbers of an emulated CPU come from.
 *
 * <pre>
 *   x86, aarch64, riscv, s390, power      what each instruction makes of a number or of none
 *        │ next(grade, bytes)
 *   VmEntropy ──▶ RateLimiter             may these bytes be delivered now?
 *        │
 *     Supply ──▶ EntropyBackend           a small buffer per virtual machine, wiped as it is read
 * </pre>
 *
 * <p>An instruction never waits. {@link io.virtentropy.rdrandemulation.VmEntropy} answers at once,
 * with a number or with none, and the front-end of the architecture reports none as its manual
 * says: carry clear, Z set, WAIT, condition code 3, or all ones.
 */
package io.virtentropy.rdrandemulation;

/**
 * DARN of POWER (Power ISA 3.0): a number in a register, and all ones where there is none. See
 * {@link io.virtentropy.rdrandemulation} for where numbers come from.
 */
package io.virtentropy.rdrandemulation.power;

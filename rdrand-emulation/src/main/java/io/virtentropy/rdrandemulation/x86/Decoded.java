package io.virtentropy.rdrandemulation.x86;

/** What {@link Group9Decoder} made of some bytes. */
public enum Decoded {
  /** RDRAND. */
  RDRAND,
  /** RDSEED. */
  RDSEED,
  /** A form of one of the {@link Neighbour}s that has a meaning, if the CPU has the feature. */
  NEIGHBOUR,
  /** No instruction of the group at all. */
  OTHER,
  /** A form in the group that no CPU executes: #UD. */
  INVALID_OPCODE,
  /** Longer than 15 bytes: #GP(0). */
  TOO_LONG,
  /** The bytes end before it can be told; with more of them it can. */
  INCOMPLETE
}

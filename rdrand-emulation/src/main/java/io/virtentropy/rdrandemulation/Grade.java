package io.virtentropy.rdrandemulation;

/** What an instruction promises about its numbers, and so which source may feed it. */
public enum Grade {
  /**
   * Good as keys: the output of a generator that is reseeded. RDRAND, RNDR, DARN with L=0 or L=1.
   */
  RANDOM,
  /**
   * Good as the seed of another generator: conditioned output of an entropy source (SP 800-90B).
   * RDSEED, RNDRRS, the seed register, TRNG, DARN with L=2.
   */
  SEED
}

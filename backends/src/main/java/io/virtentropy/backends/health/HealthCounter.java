package io.virtentropy.backends.health;

/** What is counted of a noise source under test: the list of its metrics, and their manual. */
public enum HealthCounter {
  /**
   * Bytes read from the source and tested. More than was delivered: start-up tests throw theirs
   * away.
   */
  TESTED_BYTES,
  /** Start-up tests passed: one when the source is first used, one each time it comes back. */
  STARTUPS,
  /** Windows that failed the repetition count: the source is stuck. */
  REPETITION_FAILURES,
  /** Windows that failed the adaptive proportion test: the source has become predictable. */
  PROPORTION_FAILURES,
  /** Times the source was quarantined, for either. Anything but 0 wants looking at. */
  QUARANTINES,
  /** Blocks of 2,500 bytes of what passed that went through the statistics of FIPS 140-2. */
  FIPS_BLOCKS,
  /** Of those, blocks that failed one of its tests or more: one in about 1,300 is normal. */
  FIPS_FAILURES
}

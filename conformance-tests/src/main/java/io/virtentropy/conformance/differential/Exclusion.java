package io.virtentropy.conformance.differential;

/** Leaves steps out of one script, whose steps it is asked about in their order. */
interface Exclusion {
  /** Whether this step is left out; if not, it is taken to be done. */
  boolean leavesOut(Step step);
}

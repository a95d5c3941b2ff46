package io.virtentropy.rdrandemulation;

/**
 * What is counted of one virtual machine's numbers. Every counter starts at 0, survives {@link
 * VmEntropy#discard}, and only grows.
 */
public enum RandomCounter {
  /** Numbers of grade {@link Grade#RANDOM} delivered. */
  RANDOM_DELIVERED,
  /** Draws of grade {@link Grade#RANDOM} that ended without a number. */
  RANDOM_UNDERFLOWS,
  /** Numbers of grade {@link Grade#SEED} delivered. */
  SEED_DELIVERED,
  /** Draws of grade {@link Grade#SEED} that ended without a number. */
  SEED_UNDERFLOWS,
  /** Bytes in all numbers delivered. */
  BYTES,
  /** Underflows for which the limiter, not the source, was the reason. */
  THROTTLED,
  /** Times that the source had nothing at hand and was given a request to complete later. */
  SOURCE_WAITS,
  /** Failures of a source, each followed by a pause before it is asked again. */
  SOURCE_FAILURES,
  /** Failures found here: a seed source gave the same 64 bits twice in a row. */
  SEED_REPETITIONS
}

package io.virtentropy.rdrandemulation;

/** How the last draw ended. */
public enum Outcome {
  /** A number was delivered. */
  DELIVERED,
  /** No number just now: the source has nothing ready, or a limit says no. Try again. */
  NOT_NOW,
  /** The source has failed. It is asked again later, but nothing says that it will recover. */
  FAILED
}

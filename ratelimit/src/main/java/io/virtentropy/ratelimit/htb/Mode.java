package io.virtentropy.ratelimit.htb;

/**
 * What the tokens of one class allow at an instant; a pure function of its two buckets and the
 * tree's grain. The names are those of Linux's HTB.
 */
public enum Mode {
  /** The class has tokens to spend. */
  CAN_SEND,

  /**
   * The class has spent its sustained rate, but not its peak rate: an ancestor may lend. Under
   * {@link Policy#BORROW} only.
   */
  MAY_BORROW,

  /** The class has to wait. */
  CANT_SEND
}

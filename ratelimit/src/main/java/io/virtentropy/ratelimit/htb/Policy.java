package io.virtentropy.ratelimit.htb;

/** How the limits of the classes between a leaf and the root work together. */
public enum Policy {
  /**
   * A grant needs tokens in every class from the leaf to the root, sustained and peak. Both rates
   * are upper bounds, and nobody gets more than its own limit however idle its siblings are.
   */
  PATH,

  /**
   * Linux's hierarchical token bucket: the sustained rate is guaranteed, the peak rate is the most
   * a class gets with what it borrows, and what siblings leave is lent out by their common
   * ancestor.
   *
   * <p>Unlike Linux's, no class exceeds its own peak rate, even where its children's guaranteed
   * rates add up to more: the peak of every ancestor has to allow a grant. Linux leaves it to the
   * administrator to keep the sum below.
   */
  BORROW
}

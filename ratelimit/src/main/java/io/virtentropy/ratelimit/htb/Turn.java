package io.virtentropy.ratelimit.htb;

/** A class's place in one queue of its parent, and what it may still be served there. */
final class Turn {
  /** The place of a turn that is in no queue. */
  static final int ABSENT = -1;

  final HtbClass owner;
  int index = ABSENT;

  /**
   * When the last turn ended, or the class was added, as the tree counts; no two in a queue are
   * equal.
   */
  long endedAt;

  /** Bytes left of the present turn; 0 or less before the first and after it was used up. */
  long deficit;

  Turn(HtbClass owner) {
    this.owner = owner;
    this.endedAt = owner.addedAt;
  }
}

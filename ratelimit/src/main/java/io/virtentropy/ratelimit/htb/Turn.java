package io.virtentropy.ratelimit.htb;

/** A class's place in one ring of its parent, and what it may still be served there. */
final class Turn {
  final HtbClass owner;

  /** Null while the class is not in the ring. */
  Turn next;

  Turn previous;

  /** Bytes left of the present turn; 0 or less before the first and after it was used up. */
  long deficit;

  Turn(HtbClass owner) {
    this.owner = owner;
  }
}

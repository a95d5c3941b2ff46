package io.virtentropy.rdrandemulation.x86;

import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.RandomNumbers;

/** Numbers that say what they were asked for, or none. */
final class Script implements RandomNumbers {
  static final long NUMBER = 0x8877_6655_4433_2211L;

  boolean empty;
  Grade lastGrade;
  int lastBytes;
  int draws;

  @Override
  public long next(Grade grade, int bytes) {
    lastGrade = grade;
    lastBytes = bytes;
    draws++;
    // A stray bit above the size, or beside a failure, must not reach the guest.
    return NUMBER;
  }

  @Override
  public Outcome outcome() {
    return empty ? Outcome.NOT_NOW : Outcome.DELIVERED;
  }
}

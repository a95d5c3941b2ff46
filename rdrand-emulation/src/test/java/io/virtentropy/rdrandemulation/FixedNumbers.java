package io.virtentropy.rdrandemulation;

/** One number again and again, or a given outcome, with a record of what was asked for. */
public final class FixedNumbers implements RandomNumbers {
  public long value = 0x8877_6655_4433_2211L;
  public Outcome outcome = Outcome.DELIVERED;

  /** The draw at which numbers run out, from 1 on; 0 for never. */
  public int lastDraw;

  public Grade grade;
  public int bytes;
  public int draws;

  @Override
  public long next(Grade asked, int size) {
    grade = asked;
    bytes = size;
    draws++;
    if (lastDraw > 0 && draws > lastDraw) {
      outcome = Outcome.NOT_NOW;
    }
    if (outcome != Outcome.DELIVERED) {
      return 0;
    }
    return size == Long.BYTES ? value : value & ((1L << (8 * size)) - 1);
  }

  @Override
  public Outcome outcome() {
    return outcome;
  }
}

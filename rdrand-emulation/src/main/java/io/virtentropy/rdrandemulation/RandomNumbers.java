package io.virtentropy.rdrandemulation;

/**
 * What a random-number instruction draws from. {@link VmEntropy} is the real one.
 *
 * <p>Used by one thread at a time. Never blocks and never throws for the source's sake.
 */
public interface RandomNumbers {
  /**
   * Draws one number, or none.
   *
   * @param grade which source may serve
   * @param bytes its size, 1 to 8
   * @return the next bytes of the stream as an unsigned little-endian number; 0 if there is none,
   *     and then the stream has not moved
   */
  long next(Grade grade, int bytes);

  /**
   * How the last {@link #next} ended: a number may be 0.
   *
   * @return the outcome; {@link Outcome#NOT_NOW} before the first draw
   */
  Outcome outcome();
}

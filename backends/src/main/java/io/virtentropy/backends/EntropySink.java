package io.virtentropy.backends;

import java.nio.ByteBuffer;

/**
 * Takes bytes that somebody contributes, and mixes them into whatever random numbers are made from:
 * the kernel's pool, the state of a generator.
 *
 * <p>Contributed bytes may be chosen by an enemy. A sink mixes them so that they can't make things
 * worse, and believes in them only as far as the credit goes that the caller vouches for.
 *
 * <p>Called by one thread at a time, the one that also calls the source; must not block.
 */
@FunctionalInterface
public interface EntropySink {
  /**
   * Mixes bytes in.
   *
   * @param bytes where they are, in any byte order; not kept, and wiped by the caller afterwards
   * @param index the first of them, absolute
   * @param length how many, 1 or more
   * @param creditBits how many bits of entropy they hold, in the caller's opinion: 0 for a
   *     contributor nobody knows, never more than eight times {@code length}
   * @throws EntropySourceException if they can't be mixed in; nothing was
   */
  void mix(ByteBuffer bytes, int index, int length, int creditBits);

  /**
   * The sink that drops everything.
   *
   * @return a sink without state
   */
  static EntropySink discarding() {
    return (bytes, index, length, creditBits) -> {};
  }
}

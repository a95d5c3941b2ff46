package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropySourceException;
import java.nio.ByteBuffer;

/** What a derived source does with those it stands on. Used by one thread at a time. */
interface Derivation {
  /**
   * Makes bytes, as {@link io.virtentropy.backends.EntropyBackend#fill} delivers them.
   *
   * @param wanted how many bytes are wanted in all, by this and by other requests: {@code length}
   *     or more
   * @return how many were written; 0 if a source below was asked and has to answer first, which
   *     then runs the wake-up that this was made with
   * @throws EntropySourceException if none can be had for now; nothing was written
   */
  int make(ByteBuffer target, int index, int length, int wanted);

  /** Wipes what is held and closes the sources below. Called once, the last of all calls. */
  void putAway();
}

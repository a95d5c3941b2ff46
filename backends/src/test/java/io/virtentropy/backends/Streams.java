package io.virtentropy.backends;

import java.util.Random;

/** Bytes for sources to deliver. */
public final class Streams {
  private Streams() {}

  /** Bytes that do not repeat and are the same in every run. */
  public static byte[] stream(int bytes) {
    byte[] stream = new byte[bytes];
    new Random(1).nextBytes(stream);
    return stream;
  }
}

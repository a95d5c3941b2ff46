package io.virtentropy.backends.egd.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A fuzzer's bytes, taken apart: numbers first, as many as are asked for, then a stream. Any bytes
 * mean something.
 *
 * <pre>
 *   count of sizes | sizes of reads … | (what a target asks for) | stream …
 * </pre>
 */
final class FuzzInput {
  private final byte[] data;
  private int at;

  FuzzInput(byte[] data) {
    this.data = data;
  }

  /** The next byte, 0 to 255; 0 at the end. */
  int next() {
    return at < data.length ? data[at++] & 0xff : 0;
  }

  /** The sizes of up to 15 reads, 1 to 256 each, to be used over and over. */
  List<Integer> sizes() {
    int count = 1 + (next() & 0xf);
    List<Integer> sizes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      sizes.add(1 + next());
    }
    return sizes;
  }

  /** All that is left. */
  byte[] rest() {
    return Arrays.copyOfRange(data, Math.min(at, data.length), data.length);
  }
}

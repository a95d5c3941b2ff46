package io.virtentropy.virtio.bench;

import io.virtentropy.backends.EntropyBackend;
import java.nio.ByteBuffer;

/** A source that fills as a test says: short, rubbish, throwing. */
public final class FillSource implements EntropyBackend {
  /** What {@code fill} does. */
  public interface Filling {
    /** Fills, as {@link EntropyBackend#fill}. */
    int fill(ByteBuffer target, int index, int length);
  }

  private final Filling filling;
  private int calls;

  /** A source whose {@code fill} is given. */
  public FillSource(Filling filling) {
    this.filling = filling;
  }

  /** A source that gives at most so many bytes a call, each of one value. */
  public static FillSource pieces(int most, int value) {
    return new FillSource(
        (target, index, length) -> {
          int n = Math.min(most, length);
          put(target, index, n, value);
          return n;
        });
  }

  /** Writes one value again and again. */
  public static void put(ByteBuffer target, int index, int length, int value) {
    for (int i = 0; i < length; i++) {
      target.put(index + i, (byte) value);
    }
  }

  /** How often it was asked. */
  public int calls() {
    return calls;
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    calls++;
    return filling.fill(target, index, length);
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}

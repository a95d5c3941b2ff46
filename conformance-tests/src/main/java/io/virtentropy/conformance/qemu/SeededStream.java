package io.virtentropy.conformance.qemu;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The bytes that QEMU's {@code rng-builtin} gives when QEMU was started with {@code -seed}: the
 * Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998), set up by {@code init_by_array} from
 * the seed's two halves, each 32-bit output little-endian.
 *
 * <p>A request takes whole outputs: one for 5 bytes uses up 8. QEMU takes bytes of its own from the
 * same stream before any device does: with one virtual CPU the first 8.
 */
public final class SeededStream {
  private static final int WORDS = 624;
  private static final int MIDDLE = 397;
  private static final int MATRIX = 0x9908b0df;
  private static final int UPPER = 0x80000000;
  private static final int LOWER = 0x7fffffff;
  private static final int ARRAY_SEED = 19650218;
  private static final int OWN_BYTES_PER_CPU = 8;

  private final int[] state = new int[WORDS];
  private int index = WORDS;

  /**
   * Starts a stream at its first byte.
   *
   * @param seed as given to {@code -seed}
   */
  public SeededStream(long seed) {
    initialize(new int[] {(int) seed, (int) (seed >>> 32)});
  }

  /**
   * The stream as it is when a machine with one virtual CPU has started.
   *
   * @param seed as given to {@code -seed}
   * @return a stream whose next bytes are the first device's
   */
  public static SeededStream afterStart(long seed) {
    SeededStream stream = new SeededStream(seed);
    byte[] unused = stream.next(OWN_BYTES_PER_CPU);
    return stream;
  }

  /**
   * What a request gets.
   *
   * @param length how many bytes it asks for, 0 or more
   * @return the bytes
   */
  public byte[] next(int length) {
    byte[] bytes = new byte[length];
    ByteBuffer word = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < length; at += Integer.BYTES) {
      word.putInt(0, nextWord());
      System.arraycopy(word.array(), 0, bytes, at, Math.min(Integer.BYTES, length - at));
    }
    return bytes;
  }

  private void initialize(int[] key) {
    state[0] = ARRAY_SEED;
    for (int i = 1; i < WORDS; i++) {
      state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    }
    int i = 1;
    int j = 0;
    for (int k = Math.max(WORDS, key.length); k > 0; k--) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >>> 30)) * 1664525)) + key[j] + j;
      j = (j + 1) % key.length;
      i = following(i);
    }
    for (int k = WORDS - 1; k > 0; k--) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >>> 30)) * 1566083941)) - i;
      i = following(i);
    }
    state[0] = UPPER;
  }

  /** The next place to mix; the first word is copied from the last on the way round. */
  private int following(int i) {
    if (i + 1 < WORDS) {
      return i + 1;
    }
    state[0] = state[WORDS - 1];
    return 1;
  }

  private int nextWord() {
    if (index == WORDS) {
      twist();
    }
    int word = state[index++];
    word ^= word >>> 11;
    word ^= word << 7 & 0x9d2c5680;
    word ^= word << 15 & 0xefc60000;
    return word ^ word >>> 18;
  }

  private void twist() {
    for (int i = 0; i < WORDS; i++) {
      int mixed = (state[i] & UPPER) | (state[(i + 1) % WORDS] & LOWER);
      state[i] = state[(i + MIDDLE) % WORDS] ^ mixed >>> 1 ^ ((mixed & 1) == 0 ? 0 : MATRIX);
    }
    index = 0;
  }
}

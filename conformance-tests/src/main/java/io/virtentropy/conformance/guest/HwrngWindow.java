package io.virtentropy.conformance.guest;

import java.io.ByteArrayOutputStream;

/**
 * Puts what readers of {@code /dev/hwrng} got back into the order in which the device delivered it.
 *
 * <p>Linux's hwrng core keeps one window of 64 bytes and hands it out from its end: a read takes
 * the last unread bytes of the window, and only an empty window is filled anew. So reads of 64 and
 * of multiples see the device's stream as it is, reads of 1 see every window backwards, reads of 37
 * see pieces. The window lives as long as the kernel, beyond a read, its process, and the driver's
 * binding. Found by experiment with Linux 6.1.
 *
 * <pre>
 *   window  |0 ........................ 26|27 .............. 63|
 *   37-byte reads:      second, first part         first
 * </pre>
 */
public final class HwrngWindow {
  private static final int BYTES = 64;

  private final byte[] window = new byte[BYTES];
  private int left;

  /** Starts with an empty window, as a freshly booted guest has. */
  public HwrngWindow() {}

  /**
   * Takes the bytes of reads that followed each other.
   *
   * @param got what they gave, one behind the other
   * @param readSize what each of them asked for, and got
   * @return the windows that are complete now, in the device's order
   */
  public byte[] accept(byte[] got, int readSize) {
    ByteArrayOutputStream ordered = new ByteArrayOutputStream(got.length + BYTES);
    int at = 0;
    while (at < got.length) {
      int wanted = Math.min(readSize, got.length - at);
      while (wanted > 0) {
        if (left == 0) {
          left = BYTES;
        }
        int part = Math.min(wanted, left);
        left -= part;
        System.arraycopy(got, at, window, left, part);
        at += part;
        wanted -= part;
        if (left == 0) {
          ordered.write(window, 0, BYTES);
        }
      }
    }
    return ordered.toByteArray();
  }

  /**
   * How many bytes of the current window were not read yet.
   *
   * @return 0 to 63
   */
  public int left() {
    return left;
  }
}

package io.virtentropy.conformance.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Undoing the order of the hwrng core's reads. */
@Label("The window of the hwrng core")
class HwrngWindowProperties {

  @Property
  @Label("should be put back into the device's order, whatever the sizes of the reads")
  void putsBack(
      @ForAll @Size(min = 1, max = 20) List<@IntRange(min = 1, max = 200) Integer> sizes) {
    byte[] device = new byte[8192];
    for (int i = 0; i < device.length; i++) {
      device[i] = (byte) (i * 31 + (i >> 8));
    }
    Core core = new Core(device);
    HwrngWindow window = new HwrngWindow();
    byte[] put = {};
    for (int size : sizes) {
      byte[] ordered = window.accept(core.read(size), size);
      put = Arrays.copyOf(put, put.length + ordered.length);
      System.arraycopy(ordered, 0, put, put.length - ordered.length, ordered.length);
    }
    assertArrayEquals(Arrays.copyOf(device, put.length), put);
  }

  /** The kernel's side, as the experiment showed it. */
  private static final class Core {
    private final byte[] device;
    private int window = -64;
    private int left;

    Core(byte[] device) {
      this.device = device;
    }

    byte[] read(int size) {
      byte[] got = new byte[size];
      int done = 0;
      while (done < size) {
        if (left == 0) {
          window += 64;
          left = 64;
        }
        int part = Math.min(size - done, left);
        left -= part;
        System.arraycopy(device, window + left, got, done, part);
        done += part;
      }
      return got;
    }
  }
}

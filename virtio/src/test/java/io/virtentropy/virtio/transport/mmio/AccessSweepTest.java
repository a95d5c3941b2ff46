package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.bench.DeviceBench;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MIST-19, OPEN-06, and the register access part of embedding.md. */
@DisplayName("Register accesses of any size and alignment")
final class AccessSweepTest {
  private static final int[] SIZES = {
    1, 2, 4, 8, 0, 3, 5, 6, 7, 9, 16, 64, -1, -4, Integer.MIN_VALUE, Integer.MAX_VALUE
  };
  private static final long[] VALUES = {
    0, 1, -1, 0x8000_0000L, 0xffff_ffff_8000_0000L, 0x1_0000, Long.MIN_VALUE, 0x0f0f_0f0f_0f0fL
  };

  private final DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();

  private static boolean inWindow(long offset) {
    return offset >= 0 && offset < 0x200;
  }

  @ParameterizedTest(name = "size {0}")
  @ValueSource(ints = {1, 2, 4, 8})
  @DisplayName(
      "should read the bytes of the registers they cover, and 0 outside (MMIO-16, MIST-19)")
  void readsCompose(int size) {
    bench.request(buffer(0), 8);
    for (long offset = -9; offset < 0x210; offset++) {
      long wanted = 0;
      for (int i = 0; i < size && inWindow(offset); i++) {
        long at = offset + i;
        long word = inWindow(at) ? bench.mmio.read(at & ~3, 4) : 0;
        wanted |= ((word >>> (8 * (at & 3))) & 0xff) << (8 * i);
      }
      assertEquals(wanted, bench.mmio.read(offset, size), "offset " + offset);
    }
  }

  @Test
  @DisplayName("should throw for no offset, size or value, and leave the device resettable")
  void nothingThrows() {
    long[] far = {
      Long.MIN_VALUE,
      -1,
      -4,
      -8,
      0x1fd,
      0x200,
      0x1000,
      1L << 31,
      1L << 32,
      (1L << 32) + 0x70,
      Long.MAX_VALUE
    };
    for (int size : SIZES) {
      for (long value : VALUES) {
        for (long offset = 0; offset < 0x208; offset++) {
          bench.mmio.write(offset, value, size);
          bench.mmio.read(offset, size);
        }
        for (long offset : far) {
          bench.mmio.write(offset, value, size);
          if (!inWindow(offset)) {
            assertEquals(0, bench.mmio.read(offset, size));
          }
        }
      }
    }
    bench.bind();
    bench.expectUsed(bench.request(buffer(0), 64), 64);
  }

  @Test
  @DisplayName(
      "should be ignored when they write less than a register, or across its edge (MIST-19)")
  void partialWrites() {
    for (int size : new int[] {1, 2, 0, 3, 16, -4}) {
      bench.mmio.write(MmioLayout.STATUS, 0, size);
    }
    for (long offset = MmioLayout.STATUS - 7; offset < MmioLayout.STATUS + 4; offset++) {
      if ((offset & 3) != 0) {
        bench.mmio.write(offset, 0, 4);
        bench.mmio.write(offset, 0, 8);
      }
    }
    assertEquals(0x0f, bench.read(MmioLayout.STATUS));
    bench.mmio.write(MmioLayout.STATUS, 0, 8);
    assertEquals(0, bench.read(MmioLayout.STATUS));
  }

  @Test
  @DisplayName("should cut a sign-extended value to the register")
  void signExtended() {
    bench.mmio.write(MmioLayout.STATUS, 0xffff_ffff_ffff_ff83L, 4);
    assertEquals(0x83, bench.read(MmioLayout.STATUS));
    bench.mmio.write(MmioLayout.STATUS, 0xffff_ffff_0000_0000L, 4);
    assertEquals(0, bench.read(MmioLayout.STATUS));
  }

  @Test
  @DisplayName("should read with no side effect")
  void noSideEffects() {
    bench.request(buffer(0), 8);
    for (int size : SIZES) {
      for (long offset = 0; offset < 0x200; offset++) {
        bench.mmio.read(offset, size);
      }
    }
    assertEquals(1, bench.read(MmioLayout.INTERRUPT_STATUS));
    assertEquals(0x0f, bench.read(MmioLayout.STATUS));
    bench.expectUsed(0, 8);
  }
}

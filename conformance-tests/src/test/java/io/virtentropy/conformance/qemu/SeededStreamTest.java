package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The stream of QEMU's seeded generator")
final class SeededStreamTest {
  /** The first 32 bytes that a device gets from QEMU 7.2, 10.0 and 11.1 after {@code -seed 1}. */
  static final String SEED_1 = "df6af1d8303e61cdc4bb86c3d1c427103c344c4189eb2f1e7bd5d47e446fcec2";

  @Test
  @DisplayName("should be what QEMU gave for seed 1")
  void seedOne() {
    assertEquals(SEED_1, HexFormat.of().formatHex(SeededStream.afterStart(1).next(32)));
  }

  @Test
  @DisplayName("should use up whole outputs, over more than one state")
  void wholeOutputs() {
    byte[] all = new SeededStream(-1L).next(10_000);
    SeededStream stream = new SeededStream(-1L);
    assertArrayEquals(Arrays.copyOf(all, 5), stream.next(5));
    assertArrayEquals(Arrays.copyOfRange(all, 8, 5008), stream.next(5000));
    assertArrayEquals(new byte[0], stream.next(0));
    assertArrayEquals(Arrays.copyOfRange(all, 5008, 10_000), stream.next(4992));
  }
}

package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class WipeTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4095, 4096, 4097, 9000})
  void should_wipe_the_range_and_nothing_else(int length) {
    byte[] bytes = new byte[10_000];
    Arrays.fill(bytes, (byte) 1);
    byte[] expected = bytes.clone();
    Arrays.fill(expected, 500, 500 + length, (byte) 0);
    ByteBuffer buffer = ByteBuffer.wrap(bytes).position(7).limit(500 + length);

    Wipe.range(buffer, 500, length);

    assertArrayEquals(expected, bytes);
    assertEquals(7, buffer.position());
    assertEquals(500 + length, buffer.limit());
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 5000})
  void should_refuse_a_range_that_goes_beyond_the_limit(int length) {
    ByteBuffer buffer = ByteBuffer.allocate(10_000).limit(510);
    assertThrows(IndexOutOfBoundsException.class, () -> Wipe.range(buffer, 500, length));
  }
}

package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class BuiltinBackendTest {

  @Test
  void should_read_the_kernels_generator_where_there_is_one() {
    try (EntropyBackend source = BuiltinBackend.open()) {
      assertInstanceOf(ReadyFile.class, source);
    }
  }

  @Test
  void should_differ_from_read_to_read_and_from_source_to_source() {
    ByteBuffer[] reads = new ByteBuffer[4];
    for (int i = 0; i < reads.length; i += 2) {
      try (EntropyBackend source = BuiltinBackend.open()) {
        reads[i] = ByteBuffer.allocate(32);
        assertEquals(32, source.fill(reads[i], 0, 32));
        reads[i + 1] = ByteBuffer.allocate(32);
        assertEquals(32, source.fill(reads[i + 1], 0, 32));
      }
    }
    assertEquals(4, Arrays.stream(reads).distinct().count());
    assertFalse(Arrays.asList(reads).contains(ByteBuffer.allocate(32)));
  }

  @Test
  void should_wipe_its_block_where_there_is_no_device_also_when_the_target_is_too_small()
      throws Exception {
    BuiltinBackend.Platform source = new BuiltinBackend.Platform(new SecureRandom());
    Field block = BuiltinBackend.Platform.class.getDeclaredField("block");
    block.setAccessible(true);
    byte[] zeros = new byte[4096];

    source.fill(ByteBuffer.allocate(5000), 0, 5000);
    assertArrayEquals(zeros, (byte[]) block.get(source));

    assertThrows(IndexOutOfBoundsException.class, () -> source.fill(ByteBuffer.allocate(8), 0, 9));
    assertArrayEquals(zeros, (byte[]) block.get(source));
  }
}

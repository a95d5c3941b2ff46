package io.virtentropy.virtio.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.ScalarMemory;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.memory.RegionMemory.Sharing;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What every guest memory promises, tried on all kinds there are. */
@DisplayName("Any guest memory")
final class GuestMemoryContractTest {
  private static final long BASE = QueueBench.RAM;
  private static final int BYTES = 64;

  static Stream<Arguments> memories() {
    RegionMemory split = new RegionMemory(Sharing.SHARED);
    split.add(BASE, ByteBuffer.allocateDirect(5));
    split.add(BASE + 5, ByteBuffer.allocate(BYTES - 5));
    return Stream.of(
        Arguments.of("scalars only", new ScalarMemory(BASE, BYTES)),
        Arguments.of(
            "heap", RegionMemory.of(Sharing.SINGLE_THREADED, BASE, ByteBuffer.allocate(BYTES))),
        Arguments.of("two regions", split),
        Arguments.of("watched", new SpyMemory(new ScalarMemory(BASE, BYTES))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("memories")
  @DisplayName("should load what was stored, of each size, at any alignment")
  void scalars(String kind, GuestMemory memory) {
    for (long at = BASE; at <= BASE + BYTES - 8; at++) {
      memory.storeLong(at, 0xf1e2_d3c4_b5a6_9788L);
      assertEquals(0xf1e2_d3c4_b5a6_9788L, memory.loadLong(at));
      assertEquals(0xb5a6_9788, memory.loadInt(at));
      assertEquals((short) 0x9788, memory.loadShort(at));
      assertEquals((byte) 0x88, memory.loadByte(at));
      memory.storeInt(at + 1, 0x0102_0304);
      memory.storeShort(at + 6, (short) 0xabcd);
      memory.storeByte(at, (byte) 0x7f);
      assertEquals(0xabcd_d301_0203_047fL, memory.loadLong(at));
      memory.storeShortRelease(at, (short) 0x1234);
      memory.fullFence();
      assertEquals((short) 0x1234, memory.loadShortAcquire(at));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("memories")
  @DisplayName("should copy in bulk and refuse what is not all RAM")
  void bulk(String kind, GuestMemory memory) {
    ByteBuffer source = ByteBuffer.allocate(BYTES + 1);
    for (int i = 0; i <= BYTES; i++) {
      source.put(i, (byte) (i * 7));
    }
    memory.write(BASE, source, 1, BYTES);
    ByteBuffer target = ByteBuffer.allocate(BYTES);
    memory.read(BASE, target, 0, BYTES);
    assertEquals(source.slice(1, BYTES), target);
    assertThrows(GuestMemoryException.class, () -> memory.write(BASE + 1, source, 0, BYTES));
    assertThrows(GuestMemoryException.class, () -> memory.read(BASE - 1, target, 0, 2));
    ByteBuffer again = ByteBuffer.allocate(BYTES);
    memory.read(BASE, again, 0, BYTES);
    assertEquals(target, again);
  }

  @Test
  @DisplayName("should have no buffers to write into unless it says so")
  void noBuffers() {
    GuestMemory memory = new ScalarMemory(BASE, BYTES);
    assertNull(memory.bufferAt(BASE));
    assertThrows(GuestMemoryException.class, () -> memory.indexAt(BASE));
  }
}

package io.virtentropy.virtio.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.memory.RegionMemory.Sharing;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Guest memory in regions")
final class RegionMemoryTest {
  private static final long BASE = 0x8000_0000L;

  private final RegionMemory memory = new RegionMemory(Sharing.SINGLE_THREADED);

  @ParameterizedTest(name = "direct: {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("should be little-endian whatever the order of the buffer (VQ-SPLIT-02)")
  void littleEndian(boolean direct) {
    ByteBuffer ram = direct ? ByteBuffer.allocateDirect(32) : ByteBuffer.allocate(32);
    ram.order(ByteOrder.BIG_ENDIAN);
    memory.add(BASE, ram);
    memory.storeLong(BASE + 1, 0x0807_0605_0403_0201L);
    for (int i = 0; i < 8; i++) {
      assertEquals(i + 1, memory.loadByte(BASE + 1 + i));
    }
    assertEquals(0x0201, memory.loadShort(BASE + 1));
    assertEquals(0x0403_0201, memory.loadInt(BASE + 1));
    assertEquals(1, ram.get(1), "the bytes are in the buffer that was given");
    assertEquals(ByteOrder.BIG_ENDIAN, ram.order());
  }

  @Test
  @DisplayName("should take a buffer from its position to its limit and leave both alone")
  void positionToLimit() {
    ByteBuffer ram = ByteBuffer.allocate(64);
    ram.position(16).limit(48);
    memory.add(BASE, ram);
    assertTrue(memory.isRam(BASE, 32));
    assertFalse(memory.isRam(BASE, 33));
    memory.storeByte(BASE, (byte) 7);
    assertEquals(7, ram.get(16));
    assertEquals(16, ram.position());
    assertEquals(48, ram.limit());
  }

  @Test
  @DisplayName("should let every scalar straddle two adjoining regions (MIST-47)")
  void scalarsStraddle() {
    memory.add(BASE + 16, ByteBuffer.allocateDirect(16));
    memory.add(BASE, ByteBuffer.allocate(16));
    for (int before = 1; before < 8; before++) {
      long at = BASE + 16 - before;
      memory.storeLong(at, 0x1122_3344_5566_7788L);
      assertEquals(0x1122_3344_5566_7788L, memory.loadLong(at));
      if (before < 4) {
        memory.storeInt(at, 0x89ab_cdef);
        assertEquals(0x89ab_cdef, memory.loadInt(at));
      }
    }
    memory.storeShort(BASE + 15, (short) 0xfedc);
    assertEquals((short) 0xfedc, memory.loadShort(BASE + 15));
    assertEquals((byte) 0xdc, memory.loadByte(BASE + 15));
    assertEquals((byte) 0xfe, memory.loadByte(BASE + 16));
  }

  @Test
  @DisplayName("should change nothing when a scalar begins in RAM and ends outside")
  void scalarHalfOutside() {
    memory.add(BASE, ByteBuffer.allocate(16));
    GuestMemoryException e =
        assertThrows(GuestMemoryException.class, () -> memory.storeLong(BASE + 12, -1L));
    assertEquals(BASE + 12, e.address());
    assertEquals(8, e.length());
    assertEquals("8 bytes at 0x8000000c are not all in guest RAM", e.getMessage());
    assertEquals(0, e.getStackTrace().length);
    assertEquals(0, memory.loadInt(BASE + 12));
    assertThrows(GuestMemoryException.class, () -> memory.storeInt(BASE + 13, -1));
    assertThrows(GuestMemoryException.class, () -> memory.storeShort(BASE + 15, (short) -1));
    assertThrows(GuestMemoryException.class, () -> memory.storeByte(BASE + 16, (byte) -1));
    assertThrows(GuestMemoryException.class, () -> memory.loadLong(BASE - 1));
    assertThrows(GuestMemoryException.class, () -> memory.loadInt(BASE - 4));
    assertThrows(GuestMemoryException.class, () -> memory.loadShort(0));
    assertThrows(GuestMemoryException.class, () -> memory.loadByte(-1));
    assertEquals(0, memory.loadByte(BASE + 15));
  }

  @Test
  @DisplayName("should copy in bulk across regions and refuse a copy that leaves RAM, untouched")
  void bulk() {
    memory.add(BASE, ByteBuffer.allocate(10));
    memory.add(BASE + 10, ByteBuffer.allocateDirect(1));
    memory.add(BASE + 11, ByteBuffer.allocate(21));
    ByteBuffer source = ByteBuffer.allocateDirect(40);
    for (int i = 0; i < 40; i++) {
      source.put(i, (byte) (i + 1));
    }
    source.position(3).limit(39);
    memory.write(BASE + 2, source, 5, 30);
    assertEquals(3, source.position());
    assertEquals(39, source.limit());
    ByteBuffer target = ByteBuffer.allocate(40);
    memory.read(BASE + 2, target, 4, 30);
    for (int i = 0; i < 30; i++) {
      assertEquals(i + 6, target.get(4 + i));
    }
    assertEquals(0, target.get(34));
    assertThrows(GuestMemoryException.class, () -> memory.write(BASE, source, 0, 33));
    assertThrows(GuestMemoryException.class, () -> memory.read(BASE - 1, target, 0, 4));
    assertEquals(0, memory.loadByte(BASE), "nothing was written");
  }

  @Test
  @DisplayName("should treat addresses as unsigned up to the last byte below 2^64 (MIST-15)")
  void topOfTheAddressSpace() {
    memory.add(-32, ByteBuffer.allocate(32));
    memory.add(0, ByteBuffer.allocate(32));
    assertTrue(memory.isRam(-32, 32));
    assertTrue(memory.isRam(-1, 1));
    assertFalse(memory.isRam(-1, 2), "wraps");
    assertFalse(memory.isRam(-32, 33), "wraps");
    assertFalse(memory.isRam(-32, Long.MAX_VALUE));
    assertFalse(memory.isRam(0, -1), "a negative length");
    assertTrue(memory.isRam(0x1234_0000_0000L, 0), "nothing at all");
    memory.storeLong(-8, 42);
    assertEquals(42, memory.loadLong(-8));
    assertThrows(GuestMemoryException.class, () -> memory.loadLong(-7));
    assertThrows(GuestMemoryException.class, () -> memory.storeShort(-1, (short) 1));
    assertThrows(GuestMemoryException.class, () -> memory.write(-4, ByteBuffer.allocate(8), 0, 8));
    assertEquals(0, memory.loadInt(0));
  }

  @Test
  @DisplayName("should refuse regions that are empty, wrap, overlap or can't be written")
  void refusedRegions() {
    memory.add(BASE, ByteBuffer.allocate(16));
    assertRefused(BASE + 64, ByteBuffer.allocate(0), "0 bytes");
    assertRefused(-8, ByteBuffer.allocate(9), "beyond the end");
    assertRefused(BASE + 15, ByteBuffer.allocate(1), "overlap");
    assertRefused(BASE - 1, ByteBuffer.allocate(2), "overlap");
    assertRefused(BASE - 1, ByteBuffer.allocate(64), "overlap");
    assertRefused(BASE, ByteBuffer.allocate(16), "overlap");
    assertRefused(BASE + 64, ByteBuffer.allocate(16).asReadOnlyBuffer(), "read-only");
    assertEquals("RegionMemory[0x80000000+16]", memory.toString());
    memory.add(BASE - 2, ByteBuffer.allocate(2));
    memory.add(BASE + 16, ByteBuffer.allocate(2));
    assertTrue(memory.isRam(BASE - 2, 20));
  }

  private void assertRefused(long base, ByteBuffer ram, String why) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> memory.add(base, ram));
    assertTrue(e.getMessage().contains(why), e.getMessage());
  }

  @Test
  @DisplayName("should forget a region that is removed, also the one found last")
  void removal() {
    memory.add(BASE, ByteBuffer.allocate(16));
    memory.add(BASE + 16, ByteBuffer.allocate(16));
    memory.storeByte(BASE + 20, (byte) 1);
    memory.remove(BASE + 16);
    assertThrows(GuestMemoryException.class, () -> memory.loadByte(BASE + 20));
    assertNull(memory.bufferAt(BASE + 20));
    assertThrows(GuestMemoryException.class, () -> memory.indexAt(BASE + 20));
    assertThrows(IllegalArgumentException.class, () -> memory.remove(BASE + 16));
    assertThrows(IllegalArgumentException.class, () -> memory.remove(BASE + 1));
    memory.add(BASE + 16, ByteBuffer.allocate(4));
    assertEquals(0, memory.loadByte(BASE + 19));
    memory.clear();
    assertFalse(memory.isRam(BASE, 1));
    assertEquals("RegionMemory[]", memory.toString());
  }

  @Test
  @DisplayName("should share bytes with a view, and no later change of regions")
  void view() {
    memory.add(BASE, ByteBuffer.allocate(16));
    RegionMemory other = memory.view();
    memory.storeInt(BASE, 0x1234_5678);
    assertEquals(0x1234_5678, other.loadInt(BASE));
    memory.clear();
    assertTrue(other.isRam(BASE, 16));
    other.add(BASE + 16, ByteBuffer.allocate(16));
    assertFalse(memory.isRam(BASE + 16, 1));
  }

  @Test
  @DisplayName("should find the buffer and the index of an address, to be filled in place")
  void inPlace() {
    memory.add(BASE, ByteBuffer.allocate(16));
    memory.add(BASE + 16, ByteBuffer.allocate(16));
    ByteBuffer low = memory.bufferAt(BASE + 3);
    assertEquals(3, memory.indexAt(BASE + 3));
    assertEquals(16, low.limit());
    assertSame(low, memory.bufferAt(BASE + 15));
    low.put(15, (byte) 9);
    assertEquals(9, memory.loadByte(BASE + 15));
    assertEquals(0, memory.indexAt(BASE + 16));
    assertNull(memory.bufferAt(BASE + 32));
  }

  @Test
  @DisplayName("should load and store ring indices alike with and without fences")
  void ordered() {
    for (Sharing sharing : Sharing.values()) {
      RegionMemory ordered = RegionMemory.of(sharing, BASE, ByteBuffer.allocateDirect(16));
      ordered.storeShortRelease(BASE + 2, (short) 0x8001);
      ordered.fullFence();
      assertEquals((short) 0x8001, ordered.loadShortAcquire(BASE + 2));
      assertEquals(0x8001_0000, ordered.loadInt(BASE));
      assertThrows(GuestMemoryException.class, () -> ordered.loadShortAcquire(BASE + 15));
    }
  }

  @Test
  @DisplayName("should keep its size whatever a source does to the buffer it is lent")
  void lentBuffers() {
    RegionMemory memory =
        RegionMemory.of(RegionMemory.Sharing.SHARED, 0x1000, ByteBuffer.allocate(64));
    memory.bufferAt(0x1000).position(3).limit(8).order(ByteOrder.BIG_ENDIAN).flip();
    memory.storeInt(0x103c, 0x01020304);
    assertEquals(0x01020304, memory.loadInt(0x103c));
    assertEquals(64, memory.bufferAt(0x1000).limit());
    assertEquals(4, memory.bufferAt(0x1000).get(0x3c));
  }
}

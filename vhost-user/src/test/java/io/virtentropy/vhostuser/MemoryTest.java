package io.virtentropy.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.RefusedException;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.vhostuser.frontend.SharedRam.Region;
import io.virtentropy.vhostuser.linux.Signal;
import io.virtentropy.vhostuser.protocol.ProtocolFeature;
import io.virtentropy.vhostuser.protocol.Request;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.queue.RingFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Shared memory")
final class MemoryTest {
  private static final long PAGE = 4096;
  private static final long ACK_ONLY = ProtocolFeature.REPLY_ACK.mask();

  private final Rig rig = new Rig();
  private final FrontEnd vm = rig.connect();

  @AfterEach
  void close() {
    vm.close();
    rig.close();
  }

  @Test
  @DisplayName(
      "should be found at offsets of its files, aligned or not (VU-MEM-01, VU-MEM-07, MIST-54)")
  void offsets() {
    try (SharedRam ram =
        Rig.ram(new Region(0, 16 * PAGE, 0x1234), new Region(1L << 32, 4 * PAGE, 3 * PAGE))) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 4, -1, ACK_ONLY);
      rig.request(vm, ring, 0x2000, 64);
      rig.request(vm, ring, 1L << 32, 64);
      assertEquals(1, ram.memory().loadLong(0x2000));
      assertEquals(9, ram.memory().loadLong(1L << 32));
    }
  }

  @Test
  @DisplayName("should take a buffer that straddles two regions (MIST-47, VU-RING-15)")
  void straddles() {
    try (SharedRam ram =
        Rig.ram(new Region(0, 16 * PAGE, 0), new Region(16 * PAGE, 16 * PAGE, PAGE))) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
      rig.request(vm, ring, 16 * PAGE - 100, 200);
      assertTrue(ring.reap());
      assertEquals(200, ring.reapedLength());
      for (int i = 0; i < 25; i++) {
        assertEquals(1 + i, ram.memory().loadLong(16 * PAGE - 100 + 8L * i));
      }
    }
  }

  @Test
  @DisplayName("should take a ring that straddles two regions, if they adjoin in both spaces")
  void ringStraddles() {
    try (SharedRam ram =
        Rig.ram(new Region(0, 16 * PAGE, 0), new Region(16 * PAGE, 16 * PAGE, 0))) {
      SplitRingDriver ring = vm.boot(ram, 16 * PAGE - 0x200, 64);
      rig.request(vm, ring, 0x2000, 64);
      assertTrue(ring.reap());
    }
  }

  @Test
  @DisplayName("should end the ring when a buffer leads out of it")
  void bufferOutside() {
    try (SharedRam ram = Rig.ram(new Region(0, 16 * PAGE, 0))) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
      rig.request(vm, ring, 16 * PAGE - 8, 64);
      assertInstanceOf(RingFault.BufferOutsideMemory.class, rig.events.fault);
      assertNull(rig.events.disconnected);
    }
  }

  @Test
  @DisplayName("should not overlap, in either address space (VU-MEM-02)")
  void overlap() {
    try (SharedRam ram = Rig.ram(new Region(0, 16 * PAGE, 0));
        SharedRam guestOverlap = Rig.ram(new Region(8 * PAGE, 16 * PAGE, 0))) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
      assertThrows(RefusedException.class, () -> vm.addMemReg(guestOverlap, 0));
      assertEquals(1, addRegion(1L << 40, 4 * PAGE, SharedRam.USER_OFFSET + PAGE, 0, ram));
      assertEquals(0, addRegion(1L << 40, 4 * PAGE, 0, 0, ram));
      rig.request(vm, ring, 0x2000, 64);
      assertTrue(ring.reap(), "the regions that were there are still");
    }
  }

  /** Sends ADD_MEM_REG as it is told and returns the answer. */
  private long addRegion(long guest, long size, long user, long offset, SharedRam ram) {
    return addRegion(guest, size, user, offset, ram.descriptor(0));
  }

  private long addRegion(long guest, long size, long user, long offset, int descriptor) {
    byte[] payload =
        ByteBuffer.allocate(40)
            .order(ByteOrder.nativeOrder())
            .putLong(8, guest)
            .putLong(16, size)
            .putLong(24, user)
            .putLong(32, offset)
            .array();
    vm.send(Request.ADD_MEM_REG.number(), 9, payload, descriptor);
    return vm.receive(Request.ADD_MEM_REG.number(), 8);
  }

  @Test
  @DisplayName("should refuse regions that can't be, and keep no descriptor of them")
  void impossible() {
    try (SharedRam ram = Rig.ram(new Region(0, 16 * PAGE, 0))) {
      vm.boot(ram, Rig.RING, 4);
      Map<String, Integer> files = Rig.openFiles();
      long mappings = Rig.guestMappings();
      long far = 1L << 40;
      assertEquals(1, addRegion(far, 0, far, 0, ram), "empty");
      assertEquals(1, addRegion(far, -1, far, 0, ram), "endless");
      assertEquals(1, addRegion(far, 17 * PAGE, far, 0, ram), "longer than the file");
      assertEquals(1, addRegion(far, PAGE, far, 16 * PAGE, ram), "behind the file");
      assertEquals(1, addRegion(far, PAGE, far, -PAGE, ram), "before the file");
      assertEquals(1, addRegion(-PAGE, 2 * PAGE, far, 0, ram), "wraps in the guest");
      assertEquals(1, addRegion(far, 2 * PAGE, -PAGE, 0, ram), "wraps in the front-end");
      assertEquals(1, addRegion(far, Long.MAX_VALUE, far, 0, ram), "far too long");
      assertEquals(files, Rig.openFiles());
      assertEquals(mappings, Rig.guestMappings());
      assertNull(rig.events.disconnected);
    }
  }

  @Test
  @DisplayName("should refuse a descriptor that is no memory")
  void noMemory() throws IOException {
    try (SharedRam ram = Rig.ram(new Region(0, 16 * PAGE, 0));
        Signal signal = Signal.create()) {
      vm.boot(ram, Rig.RING, 4);
      Map<String, Integer> files = Rig.openFiles();
      int eventFd = signal.descriptor().number();
      assertEquals(1, addRegion(1L << 40, PAGE, 1L << 40, 0, eventFd));
      assertTrue(rig.events.refused.contains("no memory"), rig.events.refused);
      assertEquals(files, Rig.openFiles());
    }
  }

  @Test
  @DisplayName("should come and go in traffic (VU-MEM-03, VU-MEM-04, VU-MEM-06)")
  void comesAndGoes() {
    try (SharedRam ram = Rig.ram(new Region(0, 16 * PAGE, 0), new Region(1L << 32, 4 * PAGE, 0))) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
      Map<String, Integer> files = Rig.openFiles();
      long mappings = Rig.guestMappings();
      for (int i = 0; i < 50; i++) {
        rig.request(vm, ring, 1L << 32, 64);
        assertTrue(ring.reap());
        vm.remMemReg(ram, 1);
        assertThrows(RefusedException.class, () -> vm.remMemReg(ram, 1));
        rig.request(vm, ring, 0x2000, 64);
        assertTrue(ring.reap());
        vm.addMemReg(ram, 1);
      }
      assertEquals(files, Rig.openFiles());
      assertEquals(mappings, Rig.guestMappings());
    }
  }

  @Test
  @DisplayName("should wait for the ring's region to come back, as when it is replaced")
  void ringGoesAndComes() {
    try (SharedRam ram = Rig.ram(new Region(0, 16 * PAGE, 0), new Region(1L << 32, 4 * PAGE, 0))) {
      SplitRingDriver ring = vm.boot(ram, 1L << 32, 4);
      vm.remMemReg(ram, 1);
      rig.settle();
      assertNull(rig.events.fault);
      ring.post(0x2000, 64);
      ring.publish();
      vm.addMemReg(ram, 1);
      rig.settle();
      assertTrue(ring.reap(), "looked at without a kick");
      vm.remMemReg(ram, 1);
      vm.kick();
      rig.settle();
      assertInstanceOf(RingFault.RingOutsideMemory.class, rig.events.fault);
    }
  }

  @Test
  @DisplayName("should be replaced as a whole in traffic, and rings be found anew (VU-RING-16)")
  void replaced() {
    try (SharedRam one = Rig.ram(new Region(0, 64 * PAGE, 0))) {
      SplitRingDriver ring = vm.boot(one, Rig.RING, 4, -1, ACK_ONLY);
      Map<String, Integer> files = Rig.openFiles();
      long mappings = Rig.guestMappings();
      for (int i = 0; i < 100; i++) {
        vm.setMemTable(one);
        rig.request(vm, ring, 0x4000, 64);
        assertTrue(ring.reap());
      }
      assertEquals(files, Rig.openFiles());
      assertEquals(mappings, Rig.guestMappings());
    }
  }

  @Test
  @DisplayName("should have no more regions than are announced (VU-MEM-05)")
  void slots() throws IOException {
    Region[] many = new Region[510];
    for (int i = 0; i < many.length; i++) {
      many[i] = new Region(2L * PAGE * i, PAGE, 0);
    }
    try (SharedRam ram = SharedRam.of(many)) {
      vm.negotiate(-1, -1);
      assertEquals(many.length - 1, vm.getMaxMemSlots());
      for (int i = 0; i < many.length - 1; i++) {
        vm.addMemReg(ram, i);
      }
      assertThrows(RefusedException.class, () -> vm.addMemReg(ram, many.length - 1));
      vm.remMemReg(ram, 0);
      vm.addMemReg(ram, many.length - 1);
    }
  }

  @Test
  @DisplayName("should be seen through several windows when it is larger than a buffer can be")
  void large() {
    long size = 5L << 30; // sparse: only what is touched takes room
    try (SharedRam ram = Rig.ram(new Region(0, size, 0))) {
      SplitRingDriver ring = vm.boot(ram, (3L << 30) - 0x100, 64);
      rig.request(vm, ring, size - 64, 64);
      rig.request(vm, ring, Integer.MAX_VALUE - 31L, 64);
      rig.request(vm, ring, (1L << 32) - 32, 64);
      for (int i = 0; i < 3; i++) {
        assertTrue(ring.reap());
        assertEquals(64, ring.reapedLength());
      }
      assertEquals(1, ram.memory().loadLong(size - 64));
      assertEquals(24, ram.memory().loadLong((1L << 32) + 24));
    }
  }
}

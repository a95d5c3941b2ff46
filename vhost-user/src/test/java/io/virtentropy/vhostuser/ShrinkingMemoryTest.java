package io.virtentropy.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.vhostuser.Disconnection.Cause;
import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.vhostuser.frontend.SharedRam.Region;
import io.virtentropy.virtio.driver.SplitRingDriver;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Memory whose file gets shorter while it is in use")
final class ShrinkingMemoryTest {
  private static final long RING = 0x1000;
  private static final long RING_REGION = 0x10000;
  private static final long BUFFERS = 0x100000;

  /**
   * Truncates either the region of the buffers or that of the ring, after so many requests that the
   * code which meets it is interpreted, or compiled.
   */
  @ParameterizedTest
  @CsvSource({"true, 0", "false, 0", "true, 30000", "false, 30000"})
  @DisplayName("should end that connection and nothing else")
  void endsOneConnection(boolean buffers, int before) throws IOException {
    try (Rig rig = new Rig(builder -> builder, 2);
        SharedRam neighbourRam = Rig.ram();
        FrontEnd neighbour = rig.connect(1)) {
      SplitRingDriver neighbourRing = neighbour.boot(neighbourRam, Rig.RING, 4);
      Map<String, Integer> files = Rig.openFiles();
      for (int round = 0; round < 20; round++) {
        rig.events.disconnected = null;
        try (SharedRam ram =
                Rig.ram(new Region(0, RING_REGION, 0), new Region(BUFFERS, RING_REGION, 0));
            FrontEnd vm = rig.connect(0)) {
          SplitRingDriver ring = vm.boot(ram, RING, 4);
          for (int i = 0; i < (round == 0 ? before : 10); i++) {
            rig.request(vm, ring, BUFFERS, 64);
            assertTrue(ring.reap());
          }
          ring.post(BUFFERS + 0x2000, 4096);
          ring.publish();
          ram.resizeFile(buffers ? 1 : 0, 0);
          vm.kick();
          rig.settle();
          rig.request(neighbour, neighbourRing, Rig.BUFFERS, 64);
          rig.settle();
          assertEquals(Cause.MEMORY_SHRANK, rig.events.disconnected.cause());
          assertTrue(rig.events.disconnected.detail().contains("longer than its file"));
          assertFalse(rig.server.guests().get(0).isConnected());
          assertTrue(neighbourRing.reap());
          assertNotEquals(0, neighbourRam.memory().loadLong(Rig.BUFFERS));
        }
        rig.settle();
      }
      assertTrue(rig.server.guests().get(1).isConnected());
      assertEquals(files, Rig.openFiles());
    }
  }

  /** The kernel tells of both kicks in one answer, and of each only once. */
  @ParameterizedTest
  @CsvSource({"true, 0", "false, 0", "true, 30000", "false, 30000"})
  @DisplayName("should not lose the kick of a neighbour that came with the one which met it")
  void keepsKicks(boolean buffers, int before) throws IOException {
    try (Rig rig = new Rig(builder -> builder, 3);
        SharedRam firstRam = Rig.ram();
        FrontEnd first = rig.connect(0);
        SharedRam lastRam = Rig.ram();
        FrontEnd last = rig.connect(2)) {
      SplitRingDriver firstRing = first.boot(firstRam, Rig.RING, 4);
      SplitRingDriver lastRing = last.boot(lastRam, Rig.RING, 4);
      for (int round = 0; round < 20; round++) {
        try (SharedRam ram =
                Rig.ram(new Region(0, RING_REGION, 0), new Region(BUFFERS, RING_REGION, 0));
            FrontEnd vm = rig.connect(1)) {
          SplitRingDriver ring = vm.boot(ram, RING, 4);
          for (int i = 0; i < (round == 0 ? before : 10); i++) {
            rig.request(vm, ring, BUFFERS, 64);
            assertTrue(ring.reap());
          }
          firstRing.post(Rig.BUFFERS, 64);
          firstRing.publish();
          ring.post(BUFFERS, 64);
          ring.publish();
          lastRing.post(Rig.BUFFERS, 64);
          lastRing.publish();
          ram.resizeFile(buffers ? 1 : 0, 0);
          first.kick();
          vm.kick();
          last.kick();
          rig.settle();
          assertEquals(Cause.MEMORY_SHRANK, rig.events.disconnected.cause());
          assertTrue(firstRing.reap());
          assertTrue(lastRing.reap());
        }
        rig.settle();
      }
      assertEquals(2, Rig.guestMappings() / 2);
    }
  }

  /** The first look at the ring that meets it is one that no kick asked for. */
  @ParameterizedTest
  @ValueSource(ints = {0, 30_000})
  @DisplayName("should be found out by a look at the ring, at nobody else's expense")
  void isLookedAt(int before) throws IOException {
    try (Rig rig = new Rig(builder -> builder, 2);
        SharedRam neighbourRam = Rig.ram();
        FrontEnd neighbour = rig.connect(1)) {
      SplitRingDriver neighbourRing = bootToPoll(neighbour, neighbourRam);
      for (int round = 0; round < 20; round++) {
        rig.events.disconnected = null;
        try (SharedRam ram = Rig.ram(new Region(0, RING_REGION, 0));
            FrontEnd vm = rig.connect(0)) {
          SplitRingDriver ring = bootToPoll(vm, ram);
          for (int i = 0; i < (round == 0 ? before : 10); i++) {
            ring.post(0x8000, 64);
            ring.publish();
            rig.settle();
            assertTrue(ring.reap());
          }
          ram.resizeFile(0, 0);
          neighbourRing.post(0x8000, 64);
          neighbourRing.publish();
          rig.settle();
          assertEquals(Cause.MEMORY_SHRANK, rig.events.disconnected.cause());
          assertFalse(rig.server.guests().get(0).isConnected());
          assertTrue(neighbourRing.reap());
        }
        rig.settle();
      }
      assertTrue(rig.server.guests().get(1).isConnected());
    }
  }

  private static SplitRingDriver bootToPoll(FrontEnd vm, SharedRam ram) {
    SplitRingDriver ring = vm.boot(ram, RING, 4);
    vm.setVringKickToPoll();
    return ring;
  }

  @Test
  @DisplayName("should not keep the next front-end out when the last one has left")
  void leaves() throws IOException {
    try (Rig rig = new Rig()) {
      for (int round = 0; round < 20; round++) {
        try (SharedRam ram = Rig.ram(new Region(0, RING_REGION, 0));
            FrontEnd vm = rig.connect()) {
          SplitRingDriver ring = vm.boot(ram, RING, 4);
          rig.request(vm, ring, 0x8000, 64);
          assertTrue(ring.reap());
          ram.resizeFile(0, 0);
        }
        rig.settle();
        assertFalse(rig.server.guests().get(0).isConnected());
      }
      assertEquals(Rig.guestMappings(), 0);
    }
  }

  @Test
  @DisplayName("should not keep the server from its end")
  void closes() throws IOException {
    Rig rig = new Rig(builder -> builder, 2);
    try (SharedRam ram = Rig.ram(new Region(0, RING_REGION, 0));
        FrontEnd vm = rig.connect(0);
        SharedRam neighbourRam = Rig.ram();
        FrontEnd neighbour = rig.connect(1)) {
      SplitRingDriver ring = vm.boot(ram, RING, 4);
      SplitRingDriver neighbourRing = neighbour.boot(neighbourRam, RING, 4);
      ring.post(0x8000, 64);
      ring.publish();
      neighbourRing.post(0x8000, 64);
      neighbourRing.publish();
      ram.resizeFile(0, 0);
      rig.close();
      assertTrue(neighbourRing.reap());
    }
  }

  /** Has the kernel write into the guest's memory. */
  private static final class SystemCalls implements EntropyBackend {
    private final FileChannel zeros;

    SystemCalls() throws IOException {
      zeros = FileChannel.open(Path.of("/dev/zero"));
    }

    @Override
    public int fill(ByteBuffer target, int index, int length) {
      try {
        return zeros.read(target.duplicate().position(index).limit(index + length));
      } catch (IOException e) {
        throw new EntropySourceException(Reason.IO_ERROR, e.getMessage(), e);
      }
    }

    @Override
    public void close() {
      // The test ends with the channel open.
    }
  }

  @Test
  @DisplayName("should be found out when a system call fails to write there")
  void systemCall() throws IOException {
    try (Rig rig = new Rig(new SystemCalls());
        SharedRam ram =
            Rig.ram(new Region(0, RING_REGION, 0), new Region(BUFFERS, RING_REGION, 0));
        FrontEnd vm = rig.connect(0)) {
      SplitRingDriver ring = vm.boot(ram, RING, 4);
      rig.request(vm, ring, BUFFERS, 64);
      assertTrue(ring.reap());
      ram.resizeFile(1, 0);
      rig.request(vm, ring, BUFFERS, 64);
      assertEquals(Cause.MEMORY_SHRANK, rig.events.disconnected.cause());
      assertTrue(rig.events.all.contains("source failed 0"));
    }
  }
}

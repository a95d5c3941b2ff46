package io.virtentropy.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.vhostuser.Disconnection.Cause;
import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.vhostuser.linux.SystemCallException;
import io.virtentropy.vhostuser.linux.TestCalls;
import io.virtentropy.vhostuser.linux.UnixSocket;
import io.virtentropy.vhostuser.protocol.Request;
import io.virtentropy.virtio.device.DeviceCounter;
import io.virtentropy.virtio.driver.SplitRingDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A server's socket")
final class EndpointTest {
  @TempDir Path directory;

  private VhostUserServerBuilder server() {
    return VhostUserServer.builder().source(new CounterBackend(1)).spinNanos(0);
  }

  @Test
  @DisplayName("should take front-ends one after the other, and keep nothing (VU-REC-01, -02)")
  void reconnects() {
    try (Rig rig = new Rig()) {
      oneLife(rig);
      Map<String, Integer> files = Rig.openFiles();
      long mappings = Rig.guestMappings();
      for (int i = 0; i < 100; i++) {
        oneLife(rig);
      }
      assertEquals(files, Rig.openFiles());
      assertEquals(mappings, Rig.guestMappings());
      assertEquals(101, rig.server.guests().get(0).counters().get(DeviceCounter.CHAINS));
    }
  }

  private static void oneLife(Rig rig) {
    try (SharedRam ram = Rig.ram();
        FrontEnd vm = rig.connect()) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
      rig.request(vm, ring, Rig.BUFFERS, 64);
      assertTrue(ring.reap());
    }
    rig.settle();
    assertEquals(Cause.FRONT_END_LEFT, rig.events.disconnected.cause());
    assertFalse(rig.server.guests().get(0).isConnected());
  }

  @Test
  @DisplayName("should serve one front-end while the next one waits")
  void oneAtATime() throws IOException {
    try (Rig rig = new Rig();
        SharedRam ram = Rig.ram()) {
      FrontEnd first = rig.connect();
      first.boot(ram, Rig.RING, 4);
      try (FrontEnd second = rig.connect()) {
        second.send(Request.GET_FEATURES.number(), 1, new byte[0]);
        rig.settle();
        assertFalse(second.hasAnswer());
        first.close();
        rig.settle();
        assertTrue(second.hasAnswer());
        second.receive(Request.GET_FEATURES.number(), 8);
        rig.request(second, second.boot(ram, Rig.RING, 4), Rig.BUFFERS, 64);
      }
    }
  }

  @Test
  @DisplayName("should be one of many in a process, each with a stream and counters of its own")
  void manyGuests() {
    int guests = 32;
    List<CounterBackend> sources = new ArrayList<>();
    try (Rig rig =
            new Rig(
                builder ->
                    builder.sources(
                        guest -> {
                          sources.add(new CounterBackend(1000L * guest.index()));
                          return sources.get(guest.index());
                        }),
                guests);
        SharedRam ram = Rig.ram()) {
      List<FrontEnd> vms = new ArrayList<>();
      List<SplitRingDriver> rings = new ArrayList<>();
      for (int i = 0; i < guests; i++) {
        vms.add(rig.connect(i));
        rings.add(vms.get(i).boot(ram, Rig.RING * (1L + i), 4));
      }
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < guests; i++) {
          rig.request(vms.get(i), rings.get(i), Rig.BUFFERS * 4 + 64L * i, 64);
        }
        for (int i = 0; i < guests; i++) {
          assertTrue(rings.get(i).reap());
          assertEquals(1000L * i + 8L * round, ram.memory().loadLong(Rig.BUFFERS * 4 + 64L * i));
        }
        vms.get(round).close();
        vms.set(round, rig.connect(round));
        rig.settle();
        rings.set(round, vms.get(round).boot(ram, Rig.RING * (1L + round), 4));
      }
      assertEquals(192, rig.server.guests().get(31).counters().get(DeviceCounter.BYTES));
      vms.forEach(FrontEnd::close);
    }
  }

  @Test
  @DisplayName("should limit a guest over all of its connections")
  void limiterOutlives() {
    RateLimiter fewBytes = new Allowance(128);
    try (Rig rig = new Rig(builder -> builder.limiters(guest -> fewBytes), 1);
        SharedRam ram = Rig.ram()) {
      for (int life = 0; life < 4; life++) {
        try (FrontEnd vm = rig.connect()) {
          SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
          rig.request(vm, ring, Rig.BUFFERS, 64);
          assertEquals(life < 2, ring.reap());
        }
        rig.settle();
      }
    }
  }

  /** Grants so many bytes and no more. */
  private static final class Allowance implements RateLimiter {
    private long left;

    Allowance(long bytes) {
      left = bytes;
    }

    @Override
    public long acquireUpTo(long wanted) {
      long granted = Math.min(wanted, left);
      left -= granted;
      return granted;
    }

    @Override
    public void refund(long bytes) {
      left += bytes;
    }

    @Override
    public long nanosUntil(long bytes) {
      return left >= bytes ? 0 : NEVER;
    }

    @Override
    public byte[] saveState() {
      return new byte[0];
    }

    @Override
    public void restoreState(byte[] state) {}
  }

  @Test
  @DisplayName("should connect to a front-end that listens, again and again (VU-HDR-10)")
  void connects() throws IOException {
    Path path = directory.resolve("qemu.sock");
    try (Rig rig = new Rig(builder -> builder.connect(path), 0);
        SharedRam ram = Rig.ram()) {
      assertEquals(List.of("unreachable 0"), rig.events.all);
      for (int life = 0; life < 10; life++) {
        try (FrontEnd vm = FrontEnd.listen(path, () -> step(rig))) {
          SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
          rig.request(vm, ring, Rig.BUFFERS, 64);
          assertTrue(ring.reap());
          assertEquals(1 + 8L * life, ram.memory().loadLong(Rig.BUFFERS));
        }
        rig.settle();
      }
    }
  }

  private static void step(Rig rig) {
    rig.clock.advance(Endpoint.LAST_RETRY_NANOS);
    rig.server.poll(0);
  }

  @Test
  @DisplayName("should go on with a guest whose front-end negotiates nothing anew, as QEMU 7.2")
  void resumes() throws IOException {
    Path path = directory.resolve("qemu.sock");
    try (SharedRam ram = Rig.ram()) {
      SplitRingDriver ring;
      int protocol;
      try (Rig rig = new Rig(builder -> builder.connect(path), 0);
          FrontEnd vm = FrontEnd.listen(path, () -> step(rig))) {
        ring = vm.boot(ram, Rig.RING, 4);
        rig.request(vm, ring, Rig.BUFFERS, 64);
        assertTrue(ring.reap());
        protocol = (int) rig.events.negotiated.protocolFeatures();
        assertEquals(0, protocol & 1 << 15, "QEMU would not share its memory again");
      }
      ring.post(Rig.BUFFERS, 64);
      ring.publish();
      try (Rig rig = new Rig(builder -> builder.connect(path), 0);
          FrontEnd vm = FrontEnd.listen(path, () -> step(rig))) {
        vm.resumeSession(protocol);
        vm.setVringCall();
        vm.setFeatures(1L << 32 | 1L << 30 | 1L << 29 | 1L << 28);
        vm.setMemTable(ram);
        vm.startRing(ring, ring.usedIndex());
        rig.settle();
        assertTrue(ring.reap(), "what was posted in between");
        assertTrue(vm.called());
      }
    }
  }

  @Test
  @DisplayName("should take a front-end later when no file can be opened now")
  void noDescriptors() throws IOException {
    try (Rig rig = new Rig()) {
      oneLife(rig); // loads every class that is needed
      int before = rig.events.all.size();
      try (FrontEnd vm = rig.connect()) {
        TestCalls.withoutDescriptors(
            () -> {
              for (int i = 0; i < 10; i++) {
                step(rig);
              }
            });
        assertEquals(
            List.of("unreachable 0"), rig.events.all.subList(before, rig.events.all.size()));
        step(rig);
        rig.settle();
        assertTrue(vm.getFeatures() != 0);
      }
    }
  }

  // ---- the path

  @Test
  @DisplayName("should replace a socket that nobody listens at any more")
  void stale() throws IOException {
    Path path = directory.resolve("a.sock");
    UnixSocket.listen(path, 1).close();
    assertTrue(Files.exists(path));
    try (VhostUserServer server = server().listen(path).build();
        FrontEnd vm = FrontEnd.connect(path, () -> server.poll(0))) {
      assertTrue(vm.getFeatures() != 0);
    }
    assertFalse(Files.exists(path));
  }

  @Test
  @DisplayName("should not take the place of one at which somebody listens")
  void inUse() throws IOException {
    Path path = directory.resolve("a.sock");
    try (VhostUserServer first = server().listen(path).build()) {
      IOException e = assertThrows(IOException.class, () -> server().listen(path).build());
      assertTrue(e.getMessage().contains("another process listens at " + path), e.getMessage());
      first.poll(0);
      try (FrontEnd vm = FrontEnd.connect(path, () -> first.poll(0))) {
        assertTrue(vm.getFeatures() != 0);
      }
    }
  }

  @Test
  @DisplayName("should leave alone what is no socket")
  void noSocket() throws IOException {
    Path path = Files.writeString(directory.resolve("a.sock"), "precious");
    Map<String, Integer> files = Rig.openFiles();
    IOException e =
        assertThrows(
            IOException.class,
            () -> server().listen(directory.resolve("b.sock")).listen(path).build());
    assertTrue(e.getMessage().contains("is not a socket"), e.getMessage());
    assertEquals("precious", Files.readString(path));
    assertFalse(Files.exists(directory.resolve("b.sock")), "made before the failure");
    assertEquals(files, Rig.openFiles());
  }

  @Test
  @DisplayName("should not remove another's socket at its end")
  void replacedByAnother() throws IOException {
    Path path = directory.resolve("a.sock");
    VhostUserServer first = server().listen(path).build();
    Files.delete(path);
    try (VhostUserServer second = server().listen(path).build()) {
      first.close();
      assertTrue(Files.exists(path));
      assertEquals(1, second.guests().size());
    }
    assertFalse(Files.exists(path));
  }

  @Test
  @DisplayName("should say clearly what is wrong with a path")
  void badPaths() {
    assertThrows(
        SystemCallException.class,
        () -> server().listen(directory.resolve("no/such/directory")).build());
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> server().listen(Path.of("/tmp/" + "x".repeat(200))).build());
    assertTrue(e.getMessage().contains("107"), e.getMessage());
  }

  // ---- the end

  @Test
  @DisplayName("should complete at its end what can be completed, and leave the rest in the ring")
  void drains() throws IOException {
    Rig rig = new Rig();
    try (SharedRam ram = Rig.ram();
        FrontEnd vm = rig.connect()) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
      ring.post(Rig.BUFFERS, 64);
      ring.post(Rig.BUFFERS + 64, 64);
      ring.publish();
      vm.kick(); // and nobody polls
      rig.close();
      assertTrue(ring.reap());
      assertTrue(ring.reap());
      assertTrue(vm.called());
      assertEquals(Cause.SERVER_CLOSED, rig.events.disconnected.cause());
    }
    rig.server.close();
    assertThrows(IllegalStateException.class, () -> rig.server.poll(0));
    assertNull(rig.events.fault);
  }

  @Test
  @DisplayName("should be served by a runner until that is stopped")
  void runner() throws Exception {
    Path path = directory.resolve("a.sock");
    VhostUserRunner runner = new VhostUserRunner(server().listen(path).build());
    Thread thread = new Thread(runner);
    thread.start();
    try (SharedRam ram = Rig.ram();
        FrontEnd vm = FrontEnd.connect(path)) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
      for (int i = 0; i < 1000; i++) {
        ring.post(Rig.BUFFERS, 64);
        if (ring.publish()) {
          vm.kick();
        }
        while (!ring.reap()) {
          if (!ring.expectInterrupt()) {
            vm.awaitCall(Long.MAX_VALUE);
          }
        }
        assertEquals(1 + 8L * i, ram.memory().loadLong(Rig.BUFFERS));
      }
    } finally {
      runner.stop();
      thread.join();
    }
    assertFalse(Files.exists(path));
  }
}

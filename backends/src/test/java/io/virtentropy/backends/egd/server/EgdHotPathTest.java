package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.Leaf;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The way of a read")
class EgdHotPathTest {
  private static final int READS = 20_000;

  @TempDir Path folder;

  private final ByteBuffer command = ByteBuffer.allocateDirect(2);
  private final ByteBuffer reply = ByteBuffer.allocateDirect(256);

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  @DisplayName("should allocate nothing of ours, from command to reply:")
  void allocatesNothing(int kind) throws IOException {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    Path path = folder.resolve("egd");
    MeteredSource source = new MeteredSource(MeteredSource.PLENTY);
    EgdService service = EgdService.builder((EntropyBackend) source).build();
    try (EgdServer server =
            EgdServer.builder()
                .clock(NanoClock.system())
                .drainNanos(0)
                .listen(path, UnixSocketAccess.DEFAULT, service)
                .build();
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.configureBlocking(false);
      command.put(0, (byte) kind).put(1, (byte) 64);
      reads(server, client, kind);
      long before = threads.getCurrentThreadAllocatedBytes();
      reads(server, client, kind);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      System.out.printf("command %d: %d bytes allocated in %d reads%n", kind, allocated, READS);
      // The JDK's selector boxes the number of a descriptor that is ready, 16 bytes, unless it is
      // below 128 or the JIT sees through it.
      assertTrue(allocated < 17L * READS, () -> allocated + " bytes in " + READS + " reads");
    }
  }

  @Test
  @DisplayName("should allocate nothing of ours for a client that waits for its turn in a tree")
  void waitingAllocatesNothing() throws IOException {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    ManualClock clock = new ManualClock(0);
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .grain(64)
            .root("root", ClassLimits.of(Rate.perSecond(64).withBurst(64)))
            .build();
    Map<Leaf, EgdPeer> peers = new HashMap<>();
    EgdTurns turns =
        new EgdTurns() {
          @Override
          public EgdPeer next() {
            return peers.get(tree.nextReady());
          }

          @Override
          public long nanosUntilNext() {
            return tree.nanosUntilReady();
          }
        };
    Path path = folder.resolve("egd");
    EgdService service =
        EgdService.builder((EntropyBackend) new MeteredSource(MeteredSource.PLENTY))
            .limiters(
                peer -> {
                  Leaf leaf = tree.addLeaf(tree.root(), "leaf" + peer.number(), ClassLimits.NONE);
                  peers.put(leaf, peer);
                  return leaf;
                },
                turns)
            .build();
    try (EgdServer server =
            EgdServer.builder()
                .clock(clock)
                .drainNanos(0)
                .listen(path, UnixSocketAccess.DEFAULT, service)
                .build();
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      client.configureBlocking(false);
      command.put(0, (byte) 2).put(1, (byte) 64);
      throttledReads(server, client, clock);
      long before = threads.getCurrentThreadAllocatedBytes();
      throttledReads(server, client, clock);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      System.out.printf("in turn: %d bytes allocated in %d reads%n", allocated, READS);
      assertTrue(allocated < 17L * READS, () -> allocated + " bytes in " + READS + " reads");
    }
  }

  private void throttledReads(EgdServer server, SocketChannel client, ManualClock clock)
      throws IOException {
    for (int i = 0; i < READS; i++) {
      assertEquals(2, client.write(command.clear()));
      while (server.poll(0) > 0) {
        // until it waits
      }
      clock.advance(1_000_000_000L);
      reply.clear().limit(64);
      while (reply.hasRemaining()) {
        server.poll(0);
        int n = client.read(reply);
        assertTrue(n >= 0);
      }
    }
  }

  private void reads(EgdServer server, SocketChannel client, int kind) throws IOException {
    int expected = kind == 1 ? 65 : 64;
    for (int i = 0; i < READS; i++) {
      assertEquals(2, client.write(command.clear()));
      reply.clear().limit(expected);
      while (reply.hasRemaining()) {
        server.poll(0);
        int n = client.read(reply);
        assertTrue(n >= 0);
      }
    }
  }
}

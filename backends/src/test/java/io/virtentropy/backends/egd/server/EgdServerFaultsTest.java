package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Connections that break, and clients that do not read. The figures are printed. */
@DisplayName("An EGD server, when things go wrong,")
class EgdServerFaultsTest {
  private static final int READS = 64;

  private static byte[] reads(int count) {
    byte[] reads = new byte[2 * count];
    for (int i = 0; i < reads.length; i += 2) {
      reads[i] = 2;
      reads[i + 1] = (byte) 255;
    }
    return reads;
  }

  @Test
  @DisplayName("should lose and repeat nothing when it is ended in the middle of 100 replies")
  void endedMidReply() {
    SplittableRandom random = new SplittableRandom(20261125);
    long received = 0;
    long destroyed = 0;
    MeteredSource source = new MeteredSource(0);
    int insideWord = 0;
    for (int round = 0; round < 100; round++) {
      Bench bench = new Bench(source);
      Bench.Client client = bench.connect().send(reads(READS));
      long from = source.drawn();
      // The source stops anywhere in the reply, sometimes beyond what socket and server hold.
      source.supply(random.nextInt(1, READS * 255));
      bench.server.poll(0);
      byte[] some = client.receiveAtMost(random.nextInt(1, 12_000));
      bench.server.poll(0);
      bench.close();
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.writeBytes(some);
      all.writeBytes(client.receiveRest());
      assertTrue(all.size() < READS * 255, "it was in the middle of its reply");
      assertArrayEquals(MeteredSource.stream(from, all.size()), all.toByteArray());
      received += all.size();
      destroyed += bench.count(EgdServerCounter.BYTES_DESTROYED);
      insideWord += all.size() % 8 == 0 ? 0 : 1;
      assertEquals(all.size(), bench.count(EgdServerCounter.BYTES_DELIVERED));
    }
    assertEquals(source.drawn(), received + destroyed, "each byte went to the client or to nobody");
    System.out.printf(
        "server ended in the middle of 100 replies: %d bytes drawn, %d received once each, %d"
            + " wiped; cut inside a word %d times%n",
        source.drawn(), received, destroyed, insideWord);
  }

  @Test
  @DisplayName("should give nobody what was drawn for a client that died in the middle")
  void clientDies() {
    SplittableRandom random = new SplittableRandom(7);
    long survivor = 0;
    try (Bench bench = new Bench(MeteredSource.PLENTY)) {
      Bench.Client honest = bench.connect();
      for (int round = 0; round < 100; round++) {
        Bench.Client dying = bench.connect();
        dying.send(reads(READS));
        dying.receiveAtMost(random.nextInt(1, 12_000));
        bench.server.poll(0);
        dying.close();
        long before = bench.source.drawn();
        assertArrayEquals(
            MeteredSource.stream(before, 64), honest.send("02 40").receive(), "round " + round);
        survivor += 64;
      }
      assertEquals(
          bench.source.drawn(),
          bench.count(EgdServerCounter.BYTES_DELIVERED)
              + bench.count(EgdServerCounter.BYTES_DESTROYED));
      System.out.printf(
          "100 clients died in the middle of a reply: %d bytes given to sockets, of which %d to the"
              + " one that lived, %d wiped%n",
          bench.count(EgdServerCounter.BYTES_DELIVERED),
          survivor,
          bench.count(EgdServerCounter.BYTES_DESTROYED));
    }
  }

  @Test
  @DisplayName("should serve a client that writes and reads one byte at a time")
  void trickle() {
    try (Bench bench = new Bench(0);
        Bench.Client client = bench.connect()) {
      byte[] commands = {2, 40, 4, 3, 0, 0, 2, 9, 9, 1, 8, 0, 2, 9};
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (byte command : commands) {
        client.send(command);
      }
      for (int supplied = 0; supplied < 57; supplied++) {
        bench.source.supply(1);
        bench.settle();
        all.writeBytes(client.receiveAtMost(1));
      }
      all.writeBytes(client.receive(1, true));
      byte[] got = all.toByteArray();
      assertArrayEquals(MeteredSource.stream(0, 40), Arrays.copyOf(got, 40));
      assertArrayEquals(new byte[] {4, '1', '2', '3', '4'}, Arrays.copyOfRange(got, 40, 45));
      assertEquals(0, got[45], "the poll came when the last byte had just gone");
      assertArrayEquals(MeteredSource.stream(40, 9), Arrays.copyOfRange(got, 50, got.length));
    }
  }

  @Test
  @DisplayName("should serve one honest client among 1,000 stalled ones as if it were alone")
  void stalledCrowd() {
    int alone = pollsFor(0);
    int crowded = pollsFor(1000);
    assertEquals(alone, crowded, "turns that the honest client's 256 KiB took");
  }

  /** How many turns of the server it takes to serve an honest client, with others that stall. */
  private static int pollsFor(int stalled) {
    long memory = directMemory();
    try (Bench bench = new Bench(MeteredSource.PLENTY)) {
      List<Bench.Client> crowd = new ArrayList<>();
      for (int i = 0; i < stalled; i++) {
        crowd.add(bench.connect().send(reads(300)));
      }
      long drawnForCrowd = bench.source.drawn();
      long memoryPerClient = stalled == 0 ? 0 : (directMemory() - memory) / stalled;
      Bench.Client honest = bench.connect();
      int polls = 0;
      for (int i = 0; i < 1024; i++) {
        honest.offer(new byte[] {2, (byte) 255});
        polls += bench.settle();
        assertEquals(255, honest.receiveAtMost(1000).length);
        if (i % 100 == 0) {
          bench.clock.advance(1_000_000_000); // 11 s, less than it takes to time the others out
        }
      }
      assertEquals(drawnForCrowd + 1024 * 255, bench.source.drawn(), "nothing more for the others");
      bench.pass(EgdServer.DEFAULT_STALL_NANOS);
      assertEquals(1, bench.server.peers().size());
      assertEquals(stalled, bench.count(EgdServerCounter.TIMED_OUT));
      System.out.printf(
          "%d stalled clients beside an honest one: %d turns for its 255 KiB; each stalled one cost"
              + " %d bytes of memory outside the heap and %d bytes of the source, then was timed"
              + " out%n",
          stalled, polls, memoryPerClient, stalled == 0 ? 0 : drawnForCrowd / stalled);
      assertTrue(memoryPerClient < 8192, "memory per stalled client: " + memoryPerClient);
      crowd.forEach(Bench.Client::close);
      honest.close();
      return polls;
    }
  }

  private static long directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }
}

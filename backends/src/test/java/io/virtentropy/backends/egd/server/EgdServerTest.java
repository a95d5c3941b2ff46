package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An EGD server")
class EgdServerTest {
  private static final String PID_REPLY = "0431323334";

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "00, 00001000",
    "01 04, 0401000000",
    "01 00, 00",
    "02 03, 010000",
    "02 00 04, 0431323334",
    "03 00 10 02 AA BB 04, 0431323334",
    "03 FF FF 01 00 00, 00001000",
    "03 00 00 00 04, 0431323334",
    "02 02 04 02 02, 010004313233340000",
  })
  @DisplayName("should answer what every EGD server answers:")
  void golden(String commands, String replies) {
    try (Bench bench = new Bench(MeteredSource.PLENTY);
        Bench.Client client = bench.connect()) {
      assertEquals(replies, client.send(commands).receiveHex());
      assertFalse(client.hasEnded());
    }
  }

  @Test
  @DisplayName("should give a blocking read no length, and several of them one stream")
  void blockingReads() {
    try (Bench bench = new Bench(MeteredSource.PLENTY);
        Bench.Client client = bench.connect()) {
      assertArrayEquals(MeteredSource.stream(0, 300), client.send("02 FF 02 2D").receive());
      assertEquals(300, bench.count(EgdServerCounter.BYTES_DELIVERED));
      assertEquals(2, bench.count(EgdServerCounter.READ_COMMANDS));
      assertEquals(0, bench.count(EgdServerCounter.SOURCE_WAITS));
    }
  }

  @Test
  @DisplayName("should deliver a blocking read in pieces as the source brings them")
  void waits() {
    try (Bench bench = new Bench(3);
        Bench.Client client = bench.connect()) {
      assertEquals("010000", client.send("02 0A").receiveHex());
      assertEquals(1, bench.source.waiting());
      bench.source.supply(2);
      bench.settle();
      assertEquals("0000", client.receiveHex());
      bench.source.supply(100);
      bench.settle();
      assertArrayEquals(MeteredSource.stream(5, 5), client.receive());
      assertEquals(10, bench.source.drawn());
    }
  }

  @Test
  @DisplayName("should keep what follows a waiting read behind it")
  void inOrder() {
    try (Bench bench = new Bench(0);
        Bench.Client client = bench.connect()) {
      assertEquals("", client.send("02 04 00 01 02 04").receiveHex());
      bench.source.supply(5);
      bench.settle();
      // The level while nothing waits, and what one byte is left of a poll for two.
      assertEquals("01000000" + "00001000" + "0100" + PID_REPLY, client.receiveHex());
    }
  }

  @Test
  @DisplayName("should answer a poll with what there is, and with nothing while others wait")
  void polls() {
    try (Bench bench = new Bench(3);
        Bench.Client first = bench.connect();
        Bench.Client second = bench.connect()) {
      assertEquals("03010000", first.send("01 FF").receiveHex());
      assertEquals("00", first.send("01 FF").receiveHex());
      assertEquals("", first.send("02 08").receiveHex());
      assertEquals("00", second.send("01 01").receiveHex());
      assertEquals("00000000", second.send("00").receiveHex());
    }
  }

  @Test
  @DisplayName("should close at a byte that is no command, after what came before it")
  void unknownCommand() {
    try (Bench bench = new Bench(2);
        Bench.Client client = bench.connect()) {
      assertEquals("0100", client.send("02 04 93 12 00").receiveHex());
      assertFalse(client.hasEnded(), "the read before it is still owed");
      bench.source.supply(10);
      bench.settle();
      assertEquals("0000", client.receiveHex());
      assertTrue(client.hasEnded());
      assertEquals(1, bench.count(EgdServerCounter.MALFORMED));
      assertEquals("gone 1: UNKNOWN_COMMAND, delivered 4, owed 0", bench.events.get(1));
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"01", "02", "03", "03 00", "03 00 08", "03 00 08 02", "03 00 08 02 AA"})
  @DisplayName("should close at a stream that ends inside a command, without credit for it:")
  void truncated(String commands) {
    List<String> mixed = new ArrayList<>();
    try (Bench bench =
            new Bench(
                9,
                service ->
                    service.trusted(peer -> true).sink((b, i, n, credit) -> mixed.add("some")),
                server -> {});
        Bench.Client client = bench.connect()) {
      assertEquals("", client.send(commands).halfClose().receiveHex());
      assertTrue(client.hasEnded());
      assertEquals(List.of(), mixed);
      assertEquals(
          List.of("connected 1", "gone 1: TRUNCATED_COMMAND, delivered 0, owed 0"), bench.events);
    }
  }

  @Test
  @DisplayName("should answer a client that has closed its sending side, then close")
  void halfClosed() {
    try (Bench bench = new Bench(0);
        Bench.Client client = bench.connect()) {
      client.send("02 04 04").halfClose();
      assertEquals("", client.receiveHex());
      assertFalse(client.hasEnded());
      bench.source.supply(4);
      bench.settle();
      assertEquals("01000000" + PID_REPLY, client.receiveHex());
      assertTrue(client.hasEnded());
      assertEquals("gone 1: PEER_LEFT, delivered 4, owed 0", bench.events.get(1));
    }
  }

  @Test
  @DisplayName("should give up the request of a client that is gone, and tell what was owed")
  void clientGone() {
    try (Bench bench = new Bench(0)) {
      Bench.Client client = bench.connect();
      client.send("02 40");
      assertEquals(1, bench.source.waiting());
      client.close();
      // Only a write can tell a client that is gone from one that has closed its sending side.
      bench.source.supply(32);
      bench.settle();
      assertEquals("gone 1: CHANNEL_FAILED, delivered 0, owed 64", bench.events.get(1));
      assertEquals(32, bench.count(EgdServerCounter.BYTES_DESTROYED));
      try (Bench.Client next = bench.connect()) {
        bench.source.supply(32);
        assertArrayEquals(MeteredSource.stream(32, 32), next.send("02 20").receive());
      }
    }
  }

  @Test
  @DisplayName("should mix contributions, and credit those of trusted peers with what can be true")
  void contributions() {
    List<String> mixed = new ArrayList<>();
    boolean[] trusted = {false};
    try (Bench bench =
            new Bench(
                0,
                service ->
                    service
                        .trusted(peer -> trusted[0])
                        .sink(
                            (bytes, index, length, credit) -> {
                              byte[] copy = new byte[length];
                              bytes.get(index, copy);
                              mixed.add(HexFormat.of().formatHex(copy) + " " + credit);
                            }),
                server -> {});
        Bench.Client client = bench.connect()) {
      client.send("03 00 10 02 AA BB");
      trusted[0] = true;
      client.send("03 00 10 02 CC DD 03 FF FF 01 EE 03 01 00 03 93 94 95 03 00 05 01 04");
      assertEquals(List.of("aabb 0", "ccdd 16", "ee 8", "939495 24", "04 5"), mixed);
      assertEquals(9, bench.count(EgdServerCounter.BYTES_CONTRIBUTED));
      assertEquals(53, bench.count(EgdServerCounter.BITS_CREDITED));
      assertEquals("", client.receiveHex());
    }
  }

  @Test
  @DisplayName("should survive a sink that fails, and tell of the first failure of a row")
  void sinkFails() {
    try (Bench bench =
            new Bench(
                0,
                service ->
                    service.sink(
                        (bytes, index, length, credit) -> {
                          throw new EntropySourceException(
                              EntropySourceException.Reason.IO_ERROR, "full");
                        }),
                server -> {});
        Bench.Client client = bench.connect()) {
      client.send("03 00 00 01 AA 03 00 00 01 BB 04");
      assertEquals(PID_REPLY, client.receiveHex());
      assertEquals(2, bench.count(EgdServerCounter.CONTRIBUTIONS_FAILED));
      assertEquals(List.of("connected 1", "contribution failed: full"), bench.events);
    }
  }

  @Test
  @DisplayName("should answer a level of 31 bits whatever it is told")
  void levels() {
    long[] level = {-5};
    try (Bench bench = new Bench(0, service -> service.level(() -> level[0]), server -> {});
        Bench.Client client = bench.connect()) {
      assertEquals("00000000", client.send("00").receiveHex());
      level[0] = 0xffff_ffffL;
      assertEquals("7fffffff", client.send("00").receiveHex());
      level[0] = 0x0100;
      assertEquals("00000100", client.send("00").receiveHex());
    }
  }

  @Test
  @DisplayName("should take no more commands than it may owe for, and go on when it has paid")
  void boundedDebt() {
    try (Bench bench = new Bench(0, service -> service.maxOwed(1000), server -> {});
        Bench.Client client = bench.connect()) {
      byte[] reads = new byte[4000];
      for (int i = 0; i < reads.length; i += 2) {
        reads[i] = 2;
        reads[i + 1] = (byte) 255;
      }
      client.send(reads);
      EgdPeer peer = bench.server.peers().get(0);
      assertEquals(1020, peer.owed());
      assertEquals(4, bench.count(EgdServerCounter.READ_COMMANDS));
      bench.source.supply(MeteredSource.PLENTY);
      bench.settle();
      assertArrayEquals(MeteredSource.stream(0, 2000 * 255), client.receive());
      assertEquals(0, peer.owed());
    }
  }

  @Test
  @DisplayName("should give each of several readers its turn")
  void fair() {
    try (Bench bench = new Bench(0);
        Bench.Client greedy = bench.connect();
        Bench.Client modest = bench.connect()) {
      byte[] reads = new byte[200];
      for (int i = 0; i < reads.length; i += 2) {
        reads[i] = 2;
        reads[i + 1] = (byte) 255;
      }
      greedy.send(reads);
      modest.send("02 40");
      bench.source.supply(2 * SourceQueue.PIECE_BYTES);
      bench.settle();
      assertEquals(64, modest.receive().length);
      assertEquals(2 * SourceQueue.PIECE_BYTES - 64, greedy.receive().length);
    }
  }

  @Test
  @DisplayName("should bound what waits at the source, and serve the others in their turn")
  void boundedRequests() {
    try (Bench bench = new Bench(0)) {
      List<Bench.Client> clients = new ArrayList<>();
      for (int i = 0; i < 3 * SourceQueue.MAX_OUTSTANDING; i++) {
        clients.add(bench.connect().send("02 08"));
      }
      assertEquals(SourceQueue.MAX_OUTSTANDING, bench.source.waiting());
      bench.source.supply(8L * clients.size());
      bench.settle();
      for (int i = 0; i < clients.size(); i++) {
        assertArrayEquals(MeteredSource.stream(8L * i, 8), clients.get(i).receive(), "client " + i);
        clients.get(i).close();
      }
      assertEquals(SourceQueue.MAX_OUTSTANDING, bench.source.mostWaiting());
    }
  }

  @Test
  @DisplayName("should ask a source again that failed, after a while that doubles")
  void failingSource() {
    try (Bench bench = new Bench(MeteredSource.PLENTY);
        Bench.Client client = bench.connect()) {
      bench.source.fail(true);
      assertEquals("", client.send("02 08").receiveHex());
      assertEquals("", client.receiveHex());
      bench.pass(9_999_999);
      assertEquals(1, bench.count(EgdServerCounter.SOURCE_FAILURES));
      bench.pass(1);
      assertEquals(2, bench.count(EgdServerCounter.SOURCE_FAILURES));
      bench.source.fail(false);
      bench.pass(19_999_999);
      assertEquals("", client.receiveHex());
      bench.pass(1);
      assertEquals("0100000000000000", client.receiveHex());
      assertEquals(
          List.of(
              "connected 1",
              "source failed: the test said so, again in 10000000",
              "source failed: the test said so, again in 20000000"),
          bench.events);
    }
  }

  @Test
  @DisplayName("should hold all clients of a service to its limit, and each to its own")
  void limits() {
    try (Bench bench = new Bench(MeteredSource.PLENTY)) {
      EgdService limited =
          EgdService.builder(bench.source)
              .limiter(new QuotaWindow(new Quota(100, 1000), bench.clock))
              .limiters(peer -> new QuotaWindow(new Quota(60, 1000), bench.clock))
              .build();
      try (Bench.Client first = bench.attach(limited);
          Bench.Client second = bench.attach(limited)) {
        first.send("02 FF");
        second.send("02 FF");
        assertEquals(60, first.receive().length);
        assertEquals(40, second.receive().length);
        bench.pass(999_999_999);
        assertEquals(0, first.receive().length + second.receive().length);
        bench.pass(1);
        assertEquals(100, first.receive().length + second.receive().length);
        assertEquals(200, bench.source.drawn());
      }
      assertTrue(bench.count(EgdServerCounter.THROTTLED) >= 2);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(booleans = {false, true})
  @DisplayName(
      "should serve, or be told to forget, who ends its input and has to wait for a limit:")
  void leavers(boolean forgetting) {
    try (Bench bench = new Bench(MeteredSource.PLENTY)) {
      EgdService.Builder terms =
          EgdService.builder(bench.source)
              .limiters(peer -> new QuotaWindow(new Quota(60, 1000), bench.clock));
      EgdService limited = (forgetting ? terms.forgettingWhoLeaves() : terms).build();
      try (Bench.Client before = bench.attach(limited);
          Bench.Client after = bench.attach(limited);
          Bench.Client content = bench.attach(limited)) {
        before.send("02 40").halfClose();
        after.halfClose(); // and asks no more
        content.send("02 3C").halfClose();
        assertEquals(60, content.receive().length);
        assertTrue(content.hasEnded());
        assertEquals(60, before.receive().length);
        assertEquals(forgetting, before.hasEnded());
        bench.pass(1_000_000_000);
        assertEquals(forgetting ? 0 : 4, before.receive().length);
        assertTrue(before.hasEnded());
      }
      assertEquals(bench.source.drawn(), bench.count(EgdServerCounter.BYTES_DELIVERED));
    }
  }

  @Test
  @DisplayName("should time out a client that leaves its replies unread, not one that reads slowly")
  void stalled() {
    try (Bench bench = new Bench(MeteredSource.PLENTY);
        Bench.Client stalled = bench.connect();
        Bench.Client slow = bench.connect()) {
      byte[] reads = new byte[400];
      for (int i = 0; i < reads.length; i += 2) {
        reads[i] = 2;
        reads[i + 1] = (byte) 255;
      }
      stalled.send(reads);
      slow.send(reads);
      for (int i = 0; i < 3; i++) {
        bench.pass(EgdServer.DEFAULT_STALL_NANOS - 1);
        assertTrue(slow.receiveAtMost(16_384).length > 0);
        bench.settle();
        assertEquals(i == 0 ? 2 : 1, bench.server.peers().size(), bench.events::toString);
      }
      assertEquals(1, bench.count(EgdServerCounter.TIMED_OUT));
      assertTrue(bench.events.get(2).startsWith("gone 1: REPLIES_UNREAD"), bench.events::toString);
    }
  }

  @Test
  @DisplayName("should time out a client inside a command, never between two")
  void unfinished() {
    try (Bench bench = new Bench(0);
        Bench.Client late = bench.connect();
        Bench.Client silent = bench.connect();
        Bench.Client waiting = bench.connect()) {
      late.send("03 00 08");
      waiting.send("02 08 01"); // it is our turn there
      bench.pass(EgdServer.DEFAULT_COMMAND_NANOS / 2);
      late.send("04"); // goes on, but does not finish
      bench.pass(EgdServer.DEFAULT_COMMAND_NANOS / 2 - 1);
      assertEquals(3, bench.server.peers().size());
      bench.pass(1);
      assertEquals("gone 1: COMMAND_UNFINISHED, delivered 0, owed 0", bench.events.get(3));
      bench.pass(100 * EgdServer.DEFAULT_COMMAND_NANOS);
      assertEquals(2, bench.server.peers().size());
      assertEquals(PID_REPLY, silent.send("04").receiveHex());
    }
  }

  @Test
  @DisplayName("should close one connection too many at once")
  void tooMany() {
    try (Bench bench = new Bench(8, service -> {}, server -> server.maxConnections(1));
        Bench.Client first = bench.connect();
        Bench.Client second = bench.connect()) {
      assertEquals("", second.receiveHex());
      assertTrue(second.hasEnded());
      assertEquals(PID_REPLY, first.send("04").receiveHex());
      assertEquals(
          "refused 2: 1 others are connected already, which is the most", bench.events.get(1));
    }
  }

  @Test
  @DisplayName("should admit whom the operator admits, by the user the kernel names")
  void admission() {
    List<String> users = new ArrayList<>();
    try (Bench bench =
            new Bench(
                8,
                service ->
                    service.admitted(
                        peer -> {
                          users.add(peer.user().orElseThrow().getName());
                          return false;
                        }),
                server -> {});
        Bench.Client client = bench.connect()) {
      assertEquals("", client.receiveHex());
      assertTrue(client.hasEnded());
      assertEquals(List.of(System.getProperty("user.name")), users);
      assertEquals(List.of("refused 1: it is not admitted here"), bench.events);
    }
  }

  @Test
  @DisplayName("should pay its debts before it closes, and wipe what nobody has had")
  void drains() {
    Bench bench = new Bench(0, service -> {}, server -> server.drainNanos(600_000_000_000L));
    Bench.Client paid = bench.connect().send("02 64 04");
    bench.source.supply(100);
    bench.close();
    assertArrayEquals(MeteredSource.stream(0, 100), paid.receiveAtMost(100));
    assertEquals(PID_REPLY, HexFormat.of().formatHex(paid.receiveAtMost(100)));
    assertEquals(List.of("connected 1", "gone 1: PEER_LEFT, delivered 100, owed 0"), bench.events);
  }

  @Test
  @DisplayName("should not wait longer than it was given for a source when it is closed")
  void endsUnpaid() {
    Bench bench = new Bench(30);
    Bench.Client client = bench.connect().send("02 64");
    bench.close();
    assertEquals(30, client.receiveAtMost(100).length);
    assertEquals(0, bench.source.waiting(), "the request was given up");
    assertEquals(
        List.of("connected 1", "gone 1: SERVER_CLOSED, delivered 30, owed 70"), bench.events);
  }
}

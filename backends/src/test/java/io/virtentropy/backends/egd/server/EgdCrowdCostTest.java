package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.TokenBucket;
import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.Leaf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Counts what is asked of limiters: the time that it takes is the benchmarks' business. */
@DisplayName("A wake-up of an EGD server")
class EgdCrowdCostTest {
  private static final int CROWD = 200;
  private static final int REQUEST = 64;
  private static final Rate SLOW = Rate.perSecond(REQUEST).withBurst(REQUEST);

  /** What a turn may ask of limiters at the most: once in vain, and how long to wait. */
  private static final int CALLS_OF_A_TURN = 6;

  private final AtomicLong calls = new AtomicLong();

  /** Counts. */
  private final class Counted implements RateLimiter {
    private final RateLimiter limiter;

    Counted(RateLimiter limiter) {
      this.limiter = limiter;
    }

    @Override
    public long acquireUpTo(long wanted) {
      calls.incrementAndGet();
      return limiter.acquireUpTo(wanted);
    }

    @Override
    public long nanosUntil(long bytes) {
      calls.incrementAndGet();
      return limiter.nanosUntil(bytes);
    }

    @Override
    public void refund(long bytes) {
      limiter.refund(bytes);
    }

    @Override
    public void withdraw() {
      limiter.withdraw();
    }

    @Override
    public byte[] saveState() {
      return limiter.saveState();
    }

    @Override
    public void restoreState(byte[] state) {
      limiter.restoreState(state);
    }
  }

  /** Clients of one service, each of which has asked for a request and waits. */
  private List<Bench.Client> crowd(Bench bench, Consumer<EgdService.Builder> terms) {
    // Of these the server takes the end for the end, instead of serving them first.
    EgdService.Builder builder =
        EgdService.builder((EntropyBackend) bench.source).rememberingClients(0);
    terms.accept(builder);
    EgdService service = builder.build();
    List<Bench.Client> clients = new ArrayList<>();
    for (int i = 0; i < CROWD; i++) {
      clients.add(bench.attach(service).send("02 40"));
    }
    return clients;
  }

  /** Lets a second pass, and says who got a request's bytes. */
  private static List<Integer> second(Bench bench, List<Bench.Client> clients) {
    bench.pass(1_000_000_000L);
    List<Integer> served = new ArrayList<>();
    for (int i = 0; i < clients.size(); i++) {
      int bytes = clients.get(i).receive(REQUEST, false).length;
      if (bytes > 0) {
        assertEquals(REQUEST, bytes);
        served.add(i);
      }
    }
    return served;
  }

  @Test
  @DisplayName("should ask a limit that all share for the first of those who wait, in their order")
  void sharedLimit() {
    try (Bench bench = new Bench(MeteredSource.PLENTY)) {
      RateLimiter shared = new Counted(TokenBucket.builder(bench.clock).bytes(SLOW).build());
      List<Bench.Client> clients = crowd(bench, terms -> terms.limiter(shared));
      assertEquals(REQUEST, clients.get(0).receive(REQUEST, false).length);
      for (int i = 1; i < 20; i++) {
        calls.set(0);
        assertEquals(List.of(i), second(bench, clients));
        assertTrue(calls.get() <= CALLS_OF_A_TURN, () -> calls + " calls");
      }
      // Who is gone is passed over, and who asks again stands at the end.
      clients.get(20).close();
      clients.get(21).close();
      clients.get(0).send("02 40");
      assertEquals(List.of(22), second(bench, clients));
      clients.forEach(Bench.Client::close);
    }
  }

  @Test
  @DisplayName("should ask the limit of whose time has come, and nobody else's")
  void ownLimits() {
    try (Bench bench = new Bench(MeteredSource.PLENTY)) {
      List<RateLimiter> limiters = new ArrayList<>();
      List<Bench.Client> clients =
          crowd(
              bench,
              terms ->
                  terms.limiters(
                      peer -> {
                        // The later a client came the longer it waits: full seconds, one each.
                        TokenBucket own = TokenBucket.builder(bench.clock).bytes(SLOW).build();
                        long unused = own.acquireUpTo(REQUEST);
                        RateLimiter counted = new Counted(own);
                        limiters.add(counted);
                        bench.clock.advance(1_000_000);
                        return counted;
                      }));
      assertEquals(CROWD, limiters.size());
      bench.clock.advance(1_000_000_000L - CROWD * 1_000_000L - 1);
      bench.settle();
      for (int i = 0; i < 20; i++) {
        calls.set(0);
        bench.pass(1_000_000);
        assertEquals(REQUEST, clients.get(i).receive(REQUEST, false).length);
        assertTrue(calls.get() <= CALLS_OF_A_TURN, () -> calls + " calls");
      }
      assertEquals(0, clients.get(21).receive(REQUEST, false).length);
      clients.forEach(Bench.Client::close);
    }
  }

  /** Leaves of a tree, and whose turn it is. */
  private static final class Tree implements EgdTurns {
    final HierarchicalTokenBucket tree;
    final Map<Leaf, EgdPeer> peers = new HashMap<>();

    Tree(ManualClock clock, Rate rate) {
      tree =
          HierarchicalTokenBucket.builder(clock)
              .grain(REQUEST)
              .root("root", ClassLimits.of(rate))
              .build();
    }

    Leaf leafFor(EgdPeer peer) {
      Leaf leaf =
          tree.addLeaf(tree.root(), "leaf" + peer.number(), ClassLimits.NONE.withQuantum(REQUEST));
      peers.put(leaf, peer);
      return leaf;
    }

    @Override
    public EgdPeer next() {
      return peers.get(tree.nextReady());
    }

    @Override
    public long nanosUntilNext() {
      return tree.nanosUntilReady();
    }
  }

  @Test
  @DisplayName("should ask the limit of whose turn it is in a tree, and nobody else's")
  void turns() {
    try (Bench bench = new Bench(MeteredSource.PLENTY)) {
      Tree tree = new Tree(bench.clock, SLOW);
      List<Bench.Client> clients =
          crowd(bench, terms -> terms.limiters(peer -> new Counted(tree.leafFor(peer)), tree));
      assertEquals(REQUEST, clients.get(0).receive(REQUEST, false).length);
      for (int i = 1; i < 20; i++) {
        calls.set(0);
        assertEquals(List.of(i), second(bench, clients));
        assertTrue(calls.get() <= CALLS_OF_A_TURN, () -> calls + " calls");
      }
      clients.get(20).close();
      assertEquals(List.of(21), second(bench, clients));
      clients.forEach(Bench.Client::close);
    }
  }

  @Test
  @DisplayName("should pass over a client that does not read, whose turn it is")
  void turnOfWhoDoesNotRead() {
    try (Bench bench = new Bench(MeteredSource.PLENTY)) {
      Rate fast = Rate.perSecond(1_000_000).withBurst(1000);
      Tree turns = new Tree(bench.clock, fast);
      EgdService service =
          EgdService.builder((EntropyBackend) bench.source).limiters(turns::leafFor, turns).build();
      Bench.Client deaf = bench.attach(service);
      Bench.Client reader = bench.attach(service);
      byte[] many = new byte[2048];
      for (int i = 0; i < many.length; i += 2) {
        many[i] = 2;
        many[i + 1] = (byte) 0xff;
      }
      int unused = deaf.offer(many);
      long got = 0;
      for (int i = 0; i < 200; i++) {
        reader.send("02 40");
        bench.pass(1_000_000);
        got += reader.receive(1000, false).length;
      }
      assertEquals(200 * REQUEST, got);
      // And once it reads, it is heard again.
      int before = deaf.receive().length;
      assertTrue(before > 4096, () -> before + " bytes");
      bench.pass(100_000_000);
      assertTrue(deaf.receive().length > 0);
      deaf.close();
      reader.close();
    }
  }
}

package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.state.Transformer;

/**
 * Several clients, of which any may die, and a source that gives as much as it is told. What one
 * client is told, byte for byte, is held against a model in the conformance tests.
 */
@Label("An EGD server, whatever its clients do,")
class EgdServerCrowdProperties {
  @Property(tries = 100)
  @Label("should never give two of several clients the same byte, nor one of them out of order")
  void severalClients(@ForAll("crowds") ActionChain<Crowd> chain) {
    try {
      chain.withInvariant("each word once", Crowd::check).run();
    } finally {
      chain.finalState().ifPresent(Crowd::close);
    }
  }

  @Provide
  Arbitrary<ActionChain<Crowd>> crowds() {
    Arbitrary<Integer> who = Arbitraries.integers().between(0, Crowd.CLIENTS - 1);
    Arbitrary<Integer> words = Arbitraries.of(1, 8, 31);
    return ActionChain.startWith(Crowd::new)
        .withAction(
            6,
            (Action.Independent<Crowd>)
                () ->
                    Combinators.combine(who, words)
                        .as(
                            (i, n) ->
                                Transformer.mutate(
                                    i + " reads " + n + " words", crowd -> crowd.read(i, n))))
        .withAction(
            3,
            (Action.Independent<Crowd>)
                () ->
                    Arbitraries.integers()
                        .between(0, 300)
                        .map(n -> Transformer.mutate("supply " + n, crowd -> crowd.supply(n))))
        .withAction(
            1,
            (Action.Independent<Crowd>)
                () -> who.map(i -> Transformer.mutate(i + " dies", crowd -> crowd.die(i))))
        .withMaxTransformations(60);
  }

  /** Clients that read whole words, so that each can be told from every other. */
  static final class Crowd implements AutoCloseable {
    private static final int CLIENTS = 12; // more than may wait at the source

    private final Bench bench = new Bench(0);
    private final Bench.Client[] clients = new Bench.Client[CLIENTS];
    private final long[] asked = new long[CLIENTS];
    private final long[] got = new long[CLIENTS];
    private final long[] last = new long[CLIENTS];
    private final Set<Long> seen = new HashSet<>();

    Crowd() {
      for (int i = 0; i < CLIENTS; i++) {
        clients[i] = bench.connect();
      }
    }

    void read(int who, int words) {
      clients[who].send((byte) 2, (byte) (8 * words));
      asked[who] += words;
    }

    void supply(int words) {
      bench.source.supply(8L * words);
      bench.settle();
    }

    /** Another takes its place; what it was owed is owed to nobody. */
    void die(int who) {
      clients[who].close();
      clients[who] = bench.connect();
      asked[who] = 0;
      got[who] = 0;
      last[who] = 0;
    }

    void check() {
      for (int i = 0; i < CLIENTS; i++) {
        ByteBuffer in = ByteBuffer.wrap(clients[i].receive()).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(0, in.remaining() % 8);
        while (in.hasRemaining()) {
          long word = in.getLong();
          assertTrue(word > last[i], "client " + i + " got " + word + " after " + last[i]);
          assertTrue(seen.add(word), word + " was given twice");
          last[i] = word;
          got[i]++;
        }
        assertTrue(got[i] <= asked[i], "client " + i + " got more than it asked for");
      }
      assertEquals(
          bench.source.drawn(),
          bench.count(EgdServerCounter.BYTES_DELIVERED)
              + bench.count(EgdServerCounter.BYTES_DESTROYED),
          "each byte drawn was delivered or destroyed");
    }

    @Override
    public void close() {
      // Everybody who is left gets what is owed, once there is enough.
      bench.source.supply(MeteredSource.PLENTY);
      bench.settle();
      check();
      for (int i = 0; i < CLIENTS; i++) {
        assertEquals(asked[i], got[i], "what client " + i + " was owed");
        clients[i].close();
      }
      bench.close();
    }
  }
}

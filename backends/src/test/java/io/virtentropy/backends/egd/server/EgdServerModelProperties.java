package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
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
 * Sequences of what clients, the source and time may do, against a model of the server. The model
 * says after each step what the client has received, byte for byte, what was mixed in and credited,
 * and whether the connection has ended.
 */
@Label("An EGD server, whatever happens,")
class EgdServerModelProperties {
  private static final HexFormat HEX = HexFormat.of();

  // ---- one client, to the byte

  @Property(tries = 250)
  @Label("should do to one client what the model says")
  void oneClient(@ForAll("conversations") ActionChain<Conversation> chain) {
    try {
      chain.withInvariant("as in the model", Conversation::check).run();
    } finally {
      chain.finalState().ifPresent(Conversation::close);
    }
  }

  @Provide
  Arbitrary<ActionChain<Conversation>> conversations() {
    return ActionChain.startWith(Conversation::new)
        .withAction(10, new Send())
        .withAction(4, new Supply())
        .withAction(1, new Junk())
        .withAction(1, new HalfClose())
        .withMaxTransformations(40);
  }

  private static Arbitrary<Integer> counts() {
    return Arbitraries.of(0, 1, 2, 63, 64, 127, 128, 254, 255);
  }

  /** Any command, cut into two pieces anywhere. */
  private static final class Send implements Action.Independent<Conversation> {
    @Override
    public boolean precondition(Conversation state) {
      return state.model.open;
    }

    @Override
    public Arbitrary<Transformer<Conversation>> transformer() {
      return Combinators.combine(commands(), Arbitraries.doubles().between(0, 1))
          .as(
              (bytes, cut) ->
                  Transformer.mutate(
                      "send " + HEX.formatHex(bytes) + " cut at " + cut,
                      state -> state.send(bytes, (int) (cut * bytes.length))));
    }

    private static Arbitrary<byte[]> commands() {
      Arbitrary<byte[]> level = Arbitraries.just(new byte[] {0});
      Arbitrary<byte[]> poll = counts().map(n -> new byte[] {1, n.byteValue()});
      Arbitrary<byte[]> read = counts().map(n -> new byte[] {2, n.byteValue()});
      Arbitrary<byte[]> pid = Arbitraries.just(new byte[] {4});
      return Arbitraries.oneOf(level, poll, read, read, writes(), pid);
    }

    private static Arbitrary<byte[]> writes() {
      return Combinators.combine(counts(), Arbitraries.of(-1, 0, 1, 0xff, 0x100, 0xffff))
          .as(
              (count, claim) -> {
                int bits = claim < 0 ? Math.max(0, 8 * count - 1) : claim;
                byte[] bytes = new byte[4 + count];
                bytes[0] = 3;
                bytes[1] = (byte) (bits >> 8);
                bytes[2] = (byte) bits;
                bytes[3] = count.byteValue();
                // Bytes that would be commands, were they not data.
                Arrays.fill(bytes, 4, bytes.length, (byte) 0x93);
                return bytes;
              });
    }
  }

  /** The source has more, or all there was is asked for again. */
  private static final class Supply implements Action.Independent<Conversation> {
    @Override
    public Arbitrary<Transformer<Conversation>> transformer() {
      return Arbitraries.integers()
          .between(0, 400)
          .map(n -> Transformer.mutate("supply " + n, state -> state.supply(n)));
    }
  }

  private static final class Junk implements Action.Independent<Conversation> {
    @Override
    public boolean precondition(Conversation state) {
      return state.model.open;
    }

    @Override
    public Arbitrary<Transformer<Conversation>> transformer() {
      return Arbitraries.integers()
          .between(5, 255)
          .map(
              n ->
                  Transformer.mutate(
                      "send what is no command, " + n,
                      state -> state.send(new byte[] {(byte) n.intValue(), 4}, 1)));
    }
  }

  /** Ends the client's side, perhaps with the beginning of a command. */
  private static final class HalfClose implements Action.Independent<Conversation> {
    @Override
    public boolean precondition(Conversation state) {
      return state.model.open;
    }

    @Override
    public Arbitrary<Transformer<Conversation>> transformer() {
      return Arbitraries.of("", "01", "02", "03", "030008", "03000802aa")
          .map(
              hex -> Transformer.mutate("end after " + hex, state -> state.end(HEX.parseHex(hex))));
    }
  }

  /** What ought to happen, worked out without any of the server's code. */
  private static final class Model {
    private final List<String> mixed = new ArrayList<>();
    private final StringBuilder replies = new StringBuilder();
    private byte[] unparsed = {};
    private int owed;
    private int supply;
    private long position;
    private boolean open = true;
    private boolean junk;

    void receive(byte... bytes) {
      int old = unparsed.length;
      unparsed = Arrays.copyOf(unparsed, old + bytes.length);
      System.arraycopy(bytes, 0, unparsed, old, bytes.length);
      run();
    }

    void supply(int bytes) {
      supply += bytes;
      run();
    }

    private int draw(int wanted) {
      int part = Math.min(wanted, supply);
      replies.append(HEX.formatHex(MeteredSource.stream(position, part)));
      position += part;
      supply -= part;
      return part;
    }

    /** As far as can be: each command in its turn. */
    private void run() {
      owed -= draw(owed);
      while (owed == 0 && !junk && command()) {
        owed -= draw(owed);
      }
    }

    private boolean command() {
      int n = unparsed.length;
      if (n == 0) {
        return false;
      }
      int count = n > 1 ? unparsed[1] & 0xff : 0;
      switch (unparsed[0]) {
        case 0 -> {
          replies.append("00001000");
          consume(1);
        }
        case 1 -> {
          if (n < 2) {
            return false;
          }
          replies.append(HEX.toHexDigits((byte) Math.min(count, supply)));
          draw(count);
          consume(2);
        }
        case 2 -> {
          if (n < 2) {
            return false;
          }
          owed = count;
          consume(2);
        }
        case 3 -> {
          if (n < 4 || n < 4 + (unparsed[3] & 0xff)) {
            return false;
          }
          int length = unparsed[3] & 0xff;
          int claim = ((unparsed[1] & 0xff) << 8) + (unparsed[2] & 0xff);
          if (length > 0) {
            mixed.add(length + " bytes, " + Math.min(claim, 8 * length) + " bits");
          }
          consume(4 + length);
        }
        case 4 -> {
          replies.append("0431323334");
          consume(1);
        }
        default -> junk = true;
      }
      return true;
    }

    private void consume(int bytes) {
      unparsed = Arrays.copyOfRange(unparsed, bytes, unparsed.length);
    }

    boolean ended() {
      return owed == 0 && (junk || !open); // what is unparsed then is no whole command
    }
  }

  /** The model and the real thing, side by side. */
  static final class Conversation implements AutoCloseable {
    private final List<String> mixed = new ArrayList<>();
    private final Model model = new Model();
    private final StringBuilder received = new StringBuilder();
    private final Bench bench =
        new Bench(
            0,
            service ->
                service
                    .trusted(peer -> true)
                    .sink((b, i, n, bits) -> mixed.add(n + " bytes, " + bits + " bits")),
            server -> {});
    private final Bench.Client client = bench.connect();

    void send(byte[] bytes, int cut) {
      offer(Arrays.copyOf(bytes, cut));
      offer(Arrays.copyOfRange(bytes, cut, bytes.length));
      model.receive(bytes);
      model.open &= !model.junk;
    }

    /** A server that has met what is no command may be gone before the rest of it comes. */
    private void offer(byte[] bytes) {
      if (bytes.length > 0 && !client.hasEnded()) {
        client.send(bytes);
        received.append(client.receiveHex());
      }
    }

    void supply(int bytes) {
      bench.source.supply(bytes);
      bench.settle();
      model.supply(bytes);
    }

    void end(byte[] last) {
      offer(last);
      model.receive(last);
      model.open = false;
      if (!client.hasEnded()) {
        client.halfClose();
      }
    }

    void check() {
      received.append(client.receiveHex());
      assertEquals(model.replies.toString(), received.toString(), "replies");
      assertEquals(model.mixed, mixed, "contributions");
      assertEquals(model.ended(), client.hasEnded(), "whether the connection has ended");
      assertEquals(model.position, bench.source.drawn(), "nothing drawn that was not asked for");
      assertEquals(
          model.position,
          bench.count(EgdServerCounter.BYTES_DELIVERED)
              + bench.count(EgdServerCounter.BYTES_DESTROYED));
    }

    @Override
    public void close() {
      client.close();
      bench.close();
    }
  }

  // ---- several clients

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

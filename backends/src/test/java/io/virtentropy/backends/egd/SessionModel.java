package io.virtentropy.backends.egd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.egd.protocol.EgdRequestDecoder;
import io.virtentropy.ratelimit.ManualClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A session, a server that does what a test says, and what is known of both from outside: which
 * request gets which bytes of the server's stream can be told from the order of events alone.
 */
final class SessionModel implements EntropyBackend {
  static final long SECOND = 1_000_000_000L;

  /** How the next attempts to connect come out. */
  enum Door {
    OPEN,
    REFUSING,
    SILENT
  }

  /** A request, and what the model says it has received. */
  static final class Asked {
    final EntropyRequest request = new EntropyRequest(2000, () -> {});
    final ByteArrayOutputStream due = new ByteArrayOutputStream();
    int length;

    /**
     * Cancelled after it was asked for: it has a place in the stream, and nobody gets its bytes.
     */
    boolean dead;

    Asked(int length) {
      this.length = length;
    }

    int missing() {
      return length - due.size();
    }
  }

  final ManualClock clock = new ManualClock(-5);
  final EgdTally tally = new EgdTally();
  final EgdOptions options;
  final EgdSession session;

  /** Who gets the bytes of the stream, in order. */
  private final List<Asked> line = new ArrayList<>();

  private final Random stream = new Random(20261125);
  private final boolean connectionless;
  private final Fake connector = new Fake();
  private final ByteBuf staging = Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(4096)).clear();
  private FakeLink link;
  Door door = Door.OPEN;
  int completed;
  int links;

  /** Bytes that the link takes before it is full; grows when the server reads. */
  int room = 1 << 20;

  SessionModel(EgdOptions options, boolean connectionless) {
    this.options = options;
    this.connectionless = connectionless;
    this.session =
        new EgdSession(
            new EgdAddress.Pipe(java.nio.file.Path.of("model")),
            options,
            connector,
            clock,
            new Random(1),
            EgdListener.SILENT,
            tally,
            staging);
    session.turn();
  }

  static EgdOptions options(int window) {
    return new EgdOptions(window, 10 * SECOND, 60 * SECOND, 0, SECOND / 10, 30 * SECOND, false);
  }

  // ---- the consumer

  void ask(int length) {
    Asked asked = new Asked(length);
    asked.request.submitTo(this, length);
    line.add(asked);
    session.turn();
    check();
  }

  List<Asked> waiting() {
    return line.stream().filter(asked -> !asked.dead).toList();
  }

  /** Cancels one; what was due to it must reach nobody. */
  void cancel(Asked asked) {
    FakeLink before = link;
    int ahead = line.subList(0, line.indexOf(asked)).stream().mapToInt(Asked::missing).sum();
    int owed = Math.min(asked.missing(), Math.max(0, owed() - ahead));
    boolean keepsPlace = connectionless || options.qemuCompatible();
    if (owed > 0 && keepsPlace) {
      asked.dead = true;
      asked.length = asked.due.size() + owed;
    } else {
      line.remove(asked);
    }
    asked.request.cancel();
    session.turn();
    assertTrue(asked.request.isFree(), "a cancelled request is let go of");
    if (owed > 0 && !keepsPlace) {
      assertTrue(before.closed, "a link that owes something to nobody is ended");
    }
    check();
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    return 0;
  }

  @Override
  public void submit(EntropyRequest request) {
    assertTrue(session.submit(request));
  }

  @Override
  public void cancel(EntropyRequest request) {
    boolean unused = session.cancel(request);
  }

  @Override
  public void close() {
    session.end();
  }

  // ---- the server

  boolean connected() {
    return link != null;
  }

  int owed() {
    return link == null ? 0 : link.owed;
  }

  /** Answers with bytes, of what it owes. */
  void answer(int bytes) {
    FakeLink to = link;
    int n = Math.min(bytes, to.owed);
    byte[] content = new byte[n];
    stream.nextBytes(content);
    to.send(content);
    session.ready();
    check();
  }

  /** Sends what nobody asked for, after all that was. */
  void babble() {
    makeRoom(1 << 20);
    while (owed() > 0) {
      answer(link.owed);
    }
    if (link == null) {
      return;
    }
    assertEquals(List.of(), line, "all are served");
    FakeLink to = link;
    to.arrived.writeByte(7);
    long faults = tally.get(EgdCounter.PROTOCOL_FAULTS);
    session.ready();
    if (!options.qemuCompatible()) {
      assertTrue(to.closed, "a server that babbles is left");
      assertEquals(faults + 1, tally.get(EgdCounter.PROTOCOL_FAULTS));
    }
    check();
  }

  /** What was babbled before, one byte, is the first that a request gets. */
  void babbled(Asked asked) {
    asked.due.write(7);
  }

  void hangUp() {
    link.ended = true;
    FakeLink gone = link;
    session.ready();
    assertTrue(gone.closed);
    check();
  }

  void reset() {
    link.failing = true;
    FakeLink gone = link;
    session.ready();
    assertTrue(gone.closed);
    check();
  }

  /** A pipe's commands are taken by a thread of ours, so the loop never meets a full one. */
  boolean canFill() {
    return connected() && !connectionless;
  }

  /** The link takes half a command more. */
  void fill() {
    room = 1;
  }

  void makeRoom(int bytes) {
    room += bytes;
    session.ready();
    check();
  }

  void pass(long nanos) {
    clock.advance(nanos);
    session.tick();
    session.turn();
    check();
  }

  /** The other side of a hanging attempt answers at last. */
  void comeRound() {
    connector.answer();
    check();
  }

  boolean attempting() {
    return connector.events != null;
  }

  // ---- what always holds

  private void check() {
    boolean first = true;
    for (Asked asked : waiting()) {
      if (asked.request.isDone()) {
        assertTrue(first, "the first is completed first");
        assertNull(asked.request.failure());
        assertEquals(asked.length, asked.request.delivered());
        byte[] got = new byte[asked.length];
        asked.request.bytes().get(0, got);
        assertArrayEquals(asked.due.toByteArray(), got);
        asked.request.release();
        line.remove(asked);
        completed++;
      } else {
        assertTrue(asked.missing() > 0, "what is whole is completed");
        first = false;
      }
    }
    line.removeIf(asked -> asked.dead && asked.missing() == 0);
    assertEquals(link != null, session.state() == EgdState.CONNECTED);
    for (int i = 0; i < staging.capacity(); i++) {
      if (staging.getByte(i) != 0) {
        throw new AssertionError("byte " + i + " of the staging buffer was not wiped");
      }
    }
    if (link != null && !options.qemuCompatible()) {
      assertTrue(link.commands() <= options.window(), link.commands() + " commands under way");
      int wanted = line.stream().mapToInt(Asked::missing).sum();
      assertTrue(link.owed <= wanted, "no more is asked for than is wanted");
      if (room > 10_000) {
        assertTrue(
            link.commands() == options.window() || link.owed == wanted,
            () -> "all is asked for that the window lets through: " + link.owed + " of " + wanted);
      }
    }
  }

  /** Has a good server answer everything; then all requests must complete. */
  void settle() {
    door = Door.OPEN;
    room = 1 << 20;
    if (attempting()) {
      comeRound();
    }
    for (int i = 0; i < 10_000 && !waiting().isEmpty(); i++) {
      if (link == null) {
        pass(31 * SECOND);
      } else if (link.owed > 0) {
        answer(1 + i % 700);
      } else {
        makeRoom(1 << 10);
      }
    }
    assertEquals(List.of(), waiting(), "requests are never lost");
  }

  /** Connects as the door says. */
  private final class Fake implements Connector {
    private LinkEvents events;

    @Override
    public void connect(LinkEvents told) {
      assertNull(events, "one attempt at a time");
      assertNull(link, "an attempt while there is a link");
      events = told;
      if (door != Door.SILENT) {
        answer();
      }
    }

    void answer() {
      LinkEvents told = events;
      events = null;
      if (door == Door.OPEN) {
        link = new FakeLink();
        links++;
        told.opened(link);
      } else {
        told.failed("Connection refused");
      }
    }

    @Override
    public void abort() {
      events = null;
    }

    @Override
    public boolean listens() {
      return false;
    }
  }

  /** A stream to the server, and what the server makes of it. */
  private final class FakeLink implements Link {
    final ByteBuf arrived = Unpooled.buffer();
    private final EgdRequestDecoder decoder = new EgdRequestDecoder();
    private final ByteBuf commands = Unpooled.buffer();
    private final List<Integer> open = new ArrayList<>();
    int owed;
    boolean ended;
    boolean failing;
    boolean closed;

    int commands() {
      return open.size();
    }

    void send(byte[] content) {
      arrived.writeBytes(content);
      owed -= content.length;
      int left = content.length;
      while (left > 0) {
        int part = Math.min(left, open.get(0));
        left -= part;
        if (part == open.get(0)) {
          open.remove(0);
        } else {
          open.set(0, open.get(0) - part);
        }
      }
      int at = 0;
      for (Asked asked : line) {
        int part = Math.min(content.length - at, asked.missing());
        asked.due.write(content, at, part);
        at += part;
      }
      assertEquals(content.length, at, "somebody waits for each byte");
    }

    @Override
    public int read(ByteBuf in, int most) throws IOException {
      assertFalse(closed);
      if (failing) {
        throw new IOException("Connection reset");
      }
      int part = Math.min(most, arrived.readableBytes());
      if (part == 0 && ended) {
        return END;
      }
      in.writeBytes(arrived, part);
      return part;
    }

    @Override
    public void write(ByteBuf out) {
      assertFalse(closed);
      int part = Math.min(room, out.readableBytes());
      room -= part;
      commands.writeBytes(out, part);
      while (decoder.next(commands) == EgdRequestDecoder.Item.BLOCKING_READ) {
        assertTrue(decoder.count() > 0);
        open.add(decoder.count());
        owed += decoder.count();
      }
      assertEquals(EgdRequestDecoder.Item.NEED_MORE, decoder.next(commands));
    }

    @Override
    public void want(int bytes, boolean sending) {
      assertFalse(closed);
    }

    @Override
    public boolean endsWhatIsOwed() {
      return !connectionless;
    }

    @Override
    public void close() {
      closed = true;
      link = null;
      if (!options.qemuCompatible()) {
        line.removeIf(asked -> asked.dead);
      }
    }
  }
}

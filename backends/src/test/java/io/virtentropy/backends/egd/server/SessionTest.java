package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.egd.protocol.EgdRequestDecoder;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A session without a socket")
class SessionTest {
  private final MeteredSource source = new MeteredSource(MeteredSource.PLENTY);
  private final Session session =
      new Session(new Surroundings(), 100_000, new Session.Buffers(), 0);
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();

  private final class Surroundings implements Session.Host {
    @Override
    public int poll(ByteBuffer target, int index, int wanted) {
      return source.fill(target, index, wanted);
    }

    @Override
    public long level() {
      return 77;
    }

    @Override
    public long pid() {
      return 5;
    }

    @Override
    public void contribute(EgdRequestDecoder contribution) {}

    @Override
    public void received(EgdServerCounter command) {}
  }

  private void receive(int... bytes) {
    ByteBuffer in = session.beginInput();
    for (int value : bytes) {
      in.put((byte) value);
    }
    session.endInput();
    while (session.advance()) {
      // until it has to wait
    }
  }

  /** The socket takes so many bytes. */
  private void send(int most) {
    ByteBuffer out = session.beginOutput();
    byte[] taken = new byte[Math.min(most, out.remaining())];
    out.get(taken);
    int entropy = session.endOutput();
    assertTrue(entropy <= taken.length);
    sent.writeBytes(taken);
  }

  /** The source has so many bytes for the debt. */
  private void pay(int most) {
    int part = session.wanted(most);
    if (part > 0) {
      assertEquals(part, source.fill(session.output(), session.reserve(part), part));
      session.paid(part);
    }
  }

  /** Outside what waits to be sent there is nothing left in the buffer. */
  private void assertNothingStaysBehind() {
    ByteBuffer out = session.beginOutput();
    int head = out.position();
    int tail = out.limit();
    int unused = session.endOutput();
    assertEquals(0, unused);
    for (int i = 0; i < Session.OUTPUT_BYTES; i++) {
      if (i < head || i >= tail) {
        assertEquals(0, session.output().get(i), "at " + i + ", outside " + head + " to " + tail);
      }
    }
  }

  @Test
  @DisplayName("should keep its stream whole and its buffer clean however the socket takes it")
  void partialWrites() {
    SplittableRandom random = new SplittableRandom(4);
    for (int round = 0; round < 2000; round++) {
      if (session.wantsInput() && random.nextInt(3) == 0) {
        receive(2, 255, 2, 255, 2, 255);
      }
      pay(random.nextInt(1, SourceQueue.PIECE_BYTES + 1));
      send(random.nextInt(0, 1500));
      assertNothingStaysBehind();
    }
    while (!session.isSettled()) {
      pay(SourceQueue.PIECE_BYTES);
      send(5000);
    }
    assertArrayEquals(MeteredSource.stream(0, sent.size()), sent.toByteArray());
    assertEquals(sent.size(), session.delivered());
    assertTrue(sent.size() > 100_000, "it was long enough to matter");
    assertNothingStaysBehind();
  }

  @Test
  @DisplayName("should not count what stands before entropy as entropy, whatever goes at once")
  void framing() {
    receive(1, 5);
    assertEquals(5, session.unsent());
    send(1);
    assertEquals(0, session.delivered());
    assertEquals(5, session.unsent());
    send(2);
    assertEquals(2, session.delivered());
    assertEquals(3, session.unsent());
    send(100);
    assertEquals(5, session.delivered());
    receive(0, 4, 1, 2);
    for (int i = 0; i < 3; i++) {
      send(100);
      receive();
    }
    assertEquals(7, session.delivered());
    assertEquals(6 + 4 + 2 + 3, sent.size());
  }

  @Test
  @DisplayName("should leave nothing in its buffers at the end")
  void destroyed() {
    receive(3, 0, 0, 4, 0xa1, 0xa2);
    receive(2, 200, 1, 7);
    pay(100);
    assertTrue(session.hasOutput());
    Session.Buffers buffers = session.destroy();
    Session next = new Session(new Surroundings(), 100, buffers, 0);
    assertFalse(next.hasOutput());
    for (int i = 0; i < Session.OUTPUT_BYTES; i++) {
      assertEquals(0, next.output().get(i));
    }
    ByteBuffer in = next.beginInput();
    assertEquals(0, in.position());
    for (int i = 0; i < Session.INPUT_BYTES; i++) {
      assertEquals(0, in.get(i));
    }
  }

  @Test
  @DisplayName("should wipe a contribution out of its input once it is taken")
  void contributionsAreWiped() {
    receive(3, 0, 0, 4, 0xa1, 0xa2, 0xa3, 0xa4);
    ByteBuffer in = session.beginInput();
    for (int i = 0; i < Session.INPUT_BYTES; i++) {
      assertEquals(0, in.get(i), "at " + i);
    }
  }
}

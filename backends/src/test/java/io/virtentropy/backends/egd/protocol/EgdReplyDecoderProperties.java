package io.virtentropy.backends.egd.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.egd.protocol.EgdReplyDecoder.Item;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

@Label("What a client reads")
final class EgdReplyDecoderProperties {
  /**
   * A reply: to what, of what count asked or with what number, and the hexadecimal bytes of a read.
   */
  record Reply(EgdCommand to, int asked, String content) {
    void announce(EgdReplyDecoder decoder) {
      switch (to) {
        case LEVEL -> decoder.expectLevel();
        case NON_BLOCKING_READ -> decoder.expectNonBlockingRead(asked);
        case BLOCKING_READ -> decoder.expectBlockingRead(asked);
        case PID -> decoder.expectPid();
        case WRITE -> throw new AssertionError();
      }
    }

    void encode(ByteBuf out) {
      switch (to) {
        case LEVEL -> EgdReplies.level(out, asked);
        case NON_BLOCKING_READ -> {
          EgdReplies.nonBlockingRead(out, content.length() / 2);
          out.writeBytes(HexFormat.of().parseHex(content));
        }
        case BLOCKING_READ -> out.writeBytes(HexFormat.of().parseHex(content));
        case PID -> EgdReplies.pid(out, asked);
        case WRITE -> throw new AssertionError();
      }
    }

    String text() {
      return switch (to) {
        case LEVEL, PID -> to + " " + asked;
        case NON_BLOCKING_READ, BLOCKING_READ -> "READ " + content;
        case WRITE -> throw new AssertionError();
      };
    }
  }

  @Property(tries = 1000)
  @Label("should mean the same in whatever pieces it comes and is taken")
  void anySplit(
      @ForAll("replies") List<Reply> replies,
      @ForAll("sizes") List<Integer> sizes,
      @ForAll @IntRange(min = 1, max = 300) int most) {
    EgdReplyDecoder decoder = new EgdReplyDecoder(Math.max(1, replies.size()));
    ByteBuf out = Unpooled.buffer();
    List<String> expected = new ArrayList<>();
    for (Reply reply : replies) {
      reply.announce(decoder);
      reply.encode(out);
      expected.add(reply.text());
    }
    byte[] stream = new byte[out.readableBytes()];
    out.readBytes(stream);

    List<String> found = new ArrayList<>();
    ByteBuffer target = ByteBuffer.allocate(256);
    Pieces.feed(
        stream, sizes, in -> assertEquals(Item.NEED_MORE, drain(decoder, in, target, most, found)));

    assertEquals(expected, found);
    assertNull(decoder.endOfStream());
    assertEquals(0, decoder.owed());
    assertEquals(0, decoder.expected());
  }

  @Property(tries = 1000)
  @Label("should end well or in a fault, whatever a hostile server sends")
  void noise(
      @ForAll("replies") List<Reply> replies,
      @ForAll byte[] stream,
      @ForAll("sizes") List<Integer> sizes) {
    EgdReplyDecoder decoder = new EgdReplyDecoder(Math.max(1, replies.size()));
    int most = 0;
    for (Reply reply : replies) {
      reply.announce(decoder);
      most += reply.to == EgdCommand.LEVEL || reply.to == EgdCommand.PID ? 0 : reply.asked;
    }
    List<String> found = new ArrayList<>();
    ByteBuffer target = ByteBuffer.allocate(256);
    int limit = most;
    Pieces.feed(
        stream,
        sizes,
        in -> {
          Item end = drain(decoder, in, target, 255, found);
          assertTrue(end == Item.FAULT || !in.isReadable());
        });
    assertTrue(found.size() <= replies.size());
    assertTrue(target.position() + taken(found) <= limit);
  }

  private static int taken(List<String> found) {
    return found.stream()
        .filter(text -> text.startsWith("READ"))
        .mapToInt(text -> (text.length() - "READ ".length()) / 2)
        .sum();
  }

  /** Takes all there is; the target holds the bytes of a read that is not yet whole. */
  private static Item drain(
      EgdReplyDecoder decoder, ByteBuf in, ByteBuffer target, int most, List<String> found) {
    while (true) {
      Item item = decoder.next(in);
      switch (item) {
        case NEED_MORE, FAULT -> {
          return item;
        }
        case BYTES -> assertTrue(decoder.take(in, target, most) > 0);
        case READ_DONE -> {
          assertEquals(decoder.count(), target.position());
          byte[] bytes = new byte[decoder.count()];
          target.flip().get(bytes).clear();
          found.add("READ " + HexFormat.of().formatHex(bytes));
        }
        case LEVEL -> found.add("LEVEL " + decoder.level());
        case PID -> found.add("PID " + decoder.pidText());
      }
    }
  }

  @Provide
  Arbitrary<List<Reply>> replies() {
    return Arbitraries.of(
            EgdCommand.LEVEL,
            EgdCommand.NON_BLOCKING_READ,
            EgdCommand.BLOCKING_READ,
            EgdCommand.PID)
        .flatMap(EgdReplyDecoderProperties::reply)
        .list()
        .ofMaxSize(12);
  }

  private static Arbitrary<Reply> reply(EgdCommand to) {
    Arbitrary<Integer> counts =
        Arbitraries.oneOf(
            Arbitraries.of(1, 2, 64, 254, 255), Arbitraries.integers().between(1, 255));
    return switch (to) {
      case BLOCKING_READ ->
          counts.flatMap(asked -> content(asked).map(bytes -> new Reply(to, asked, bytes)));
      case NON_BLOCKING_READ ->
          counts.flatMap(
              asked ->
                  Arbitraries.integers()
                      .between(0, asked)
                      .flatMap(EgdReplyDecoderProperties::content)
                      .map(bytes -> new Reply(to, asked, bytes)));
      default ->
          Arbitraries.integers()
              .between(0, Integer.MAX_VALUE)
              .map(number -> new Reply(to, number, ""));
    };
  }

  private static Arbitrary<String> content(int size) {
    return Arbitraries.bytes().array(byte[].class).ofSize(size).map(HexFormat.of()::formatHex);
  }

  @Provide
  Arbitrary<List<Integer>> sizes() {
    return Pieces.sizes();
  }
}

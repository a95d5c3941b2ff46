package io.virtentropy.backends.egd.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.egd.protocol.EgdRequestDecoder.Item;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

@Label("What a server reads")
final class EgdRequestDecoderProperties {
  @Property(tries = 1000)
  @Label("should mean the same in whatever pieces it comes")
  void anySplit(@ForAll("streams") byte[] stream, @ForAll("sizes") List<Integer> sizes) {
    List<String> expected = new ArrayList<>();
    String end = parse(stream, expected);

    EgdRequestDecoder decoder = new EgdRequestDecoder();
    List<String> found = new ArrayList<>();
    Pieces.feed(stream, sizes, in -> drain(decoder, in, found));

    assertEquals(expected, found);
    EgdFault fault = decoder.endOfStream();
    assertEquals(end, fault == null ? "" : fault.toString());
    assertEquals(end.startsWith("Truncated"), decoder.isInsideCommand());
  }

  @Property(tries = 300)
  @Label("should mean the same up to any byte at which it ends")
  void anyEnd(@ForAll("streams") byte[] stream) {
    for (int length = 0; length <= stream.length; length++) {
      byte[] prefix = Arrays.copyOf(stream, length);
      List<String> expected = new ArrayList<>();
      String end = parse(prefix, expected);
      EgdRequestDecoder decoder = new EgdRequestDecoder();
      List<String> found = new ArrayList<>();
      drain(decoder, Unpooled.wrappedBuffer(prefix), found);
      assertEquals(expected, found);
      EgdFault fault = decoder.endOfStream();
      assertEquals(end, fault == null ? "" : fault.toString());
    }
  }

  @Property
  @Label("should be what a client of ours wrote")
  void roundTrip(@ForAll("requests") List<Request> requests, @ForAll("sizes") List<Integer> sizes) {
    ByteBuf out = Unpooled.buffer();
    List<String> expected = new ArrayList<>();
    for (Request request : requests) {
      request.encode(out);
      expected.add(request.text());
    }
    byte[] stream = new byte[out.readableBytes()];
    out.readBytes(stream);

    EgdRequestDecoder decoder = new EgdRequestDecoder();
    List<String> found = new ArrayList<>();
    Pieces.feed(stream, sizes, in -> drain(decoder, in, found));

    assertEquals(expected, found);
    assertNull(decoder.endOfStream());
  }

  private static void drain(EgdRequestDecoder decoder, ByteBuf in, List<String> found) {
    Item item;
    while ((item = decoder.next(in)) != Item.NEED_MORE && item != Item.FAULT) {
      found.add(text(decoder, item));
    }
    assertTrue(item == Item.FAULT || !in.isReadable(), "more is needed only when all is used");
  }

  private static String text(EgdRequestDecoder decoder, Item item) {
    return switch (item) {
      case NON_BLOCKING_READ, BLOCKING_READ -> item + " " + decoder.count();
      case WRITE -> {
        byte[] data = new byte[decoder.count()];
        assertEquals(data.length, decoder.copyData(data));
        yield item + " " + decoder.claimedBits() + " " + HexFormat.of().formatHex(data);
      }
      default -> item.toString();
    };
  }

  /** What a stream means, read as a whole; gives how it ends, as a fault's text or "". */
  private static String parse(byte[] stream, List<String> commands) {
    int at = 0;
    while (at < stream.length) {
      int left = stream.length - at;
      switch (stream[at] & 0xff) {
        case 0 -> {
          commands.add("LEVEL");
          at++;
        }
        case 1, 2 -> {
          String name = stream[at] == 1 ? "NON_BLOCKING_READ" : "BLOCKING_READ";
          if (left < 2) {
            return "TruncatedCommand[command=" + name + ", bytes=1]";
          }
          commands.add(name + " " + (stream[at + 1] & 0xff));
          at += 2;
        }
        case 3 -> {
          int need = left < 4 ? Integer.MAX_VALUE : 4 + (stream[at + 3] & 0xff);
          if (left < need) {
            return "TruncatedCommand[command=WRITE, bytes=" + left + "]";
          }
          int claim = (stream[at + 1] & 0xff) * 256 + (stream[at + 2] & 0xff);
          commands.add(
              "WRITE " + claim + " " + HexFormat.of().formatHex(stream, at + 4, at + need));
          at += need;
        }
        case 4 -> {
          commands.add("PID");
          at++;
        }
        default -> {
          return "UnknownCommand[code=" + (stream[at] & 0xff) + "]";
        }
      }
    }
    return "";
  }

  /** Mostly commands, some with counts that a client of ours would not send, some plain noise. */
  @Provide
  Arbitrary<byte[]> streams() {
    Arbitrary<Byte> anyByte = Arbitraries.bytes();
    Arbitrary<Byte> commandByte = Arbitraries.bytes().between((byte) 0, (byte) 4);
    Arbitrary<Byte> edge =
        Arbitraries.of(0, 1, 2, 63, 64, 127, 128, 254, 255).map(Integer::byteValue);
    Arbitrary<byte[]> command =
        commandByte.flatMap(
            code ->
                switch (code) {
                  case 1, 2 -> edge.map(count -> new byte[] {code, count});
                  case 3 ->
                      edge.flatMap(
                          count ->
                              anyByte
                                  .array(byte[].class)
                                  .ofSize(3 + (count & 0xff))
                                  .map(tail -> write(code, count, tail)));
                  default -> Arbitraries.just(new byte[] {code});
                });
    Arbitrary<byte[]> noise = anyByte.array(byte[].class).ofMaxSize(5);
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(20, command), net.jqwik.api.Tuple.of(1, noise))
        .list()
        .ofMaxSize(12)
        .map(EgdRequestDecoderProperties::join);
  }

  private static byte[] write(byte code, byte count, byte[] tail) {
    byte[] bytes = new byte[1 + tail.length];
    bytes[0] = code;
    System.arraycopy(tail, 0, bytes, 1, tail.length);
    bytes[3] = count;
    return bytes;
  }

  private static byte[] join(List<byte[]> parts) {
    ByteBuf all = Unpooled.buffer();
    parts.forEach(all::writeBytes);
    byte[] bytes = new byte[all.readableBytes()];
    all.readBytes(bytes);
    return bytes;
  }

  /** A command as a client of ours sends it. */
  record Request(EgdCommand command, int bits, String data) {
    private int count() {
      return data.length() / 2;
    }

    void encode(ByteBuf out) {
      switch (command) {
        case LEVEL -> EgdRequests.level(out);
        case NON_BLOCKING_READ -> EgdRequests.nonBlockingRead(out, count());
        case BLOCKING_READ -> EgdRequests.blockingRead(out, count());
        case WRITE ->
            EgdRequests.write(out, bits, Unpooled.wrappedBuffer(HexFormat.of().parseHex(data)));
        case PID -> EgdRequests.pid(out);
      }
    }

    String text() {
      return switch (command) {
        case NON_BLOCKING_READ, BLOCKING_READ -> command + " " + count();
        case WRITE -> command + " " + bits + " " + data;
        case LEVEL, PID -> command.toString();
      };
    }
  }

  @Provide
  Arbitrary<List<Request>> requests() {
    return Arbitraries.of(EgdCommand.class)
        .flatMap(
            command ->
                Arbitraries.bytes()
                    .array(byte[].class)
                    .ofMinSize(1)
                    .ofMaxSize(255)
                    .flatMap(
                        data ->
                            Arbitraries.integers()
                                .between(0, 8 * data.length)
                                .map(
                                    bits ->
                                        new Request(
                                            command, bits, HexFormat.of().formatHex(data)))))
        .list()
        .ofMaxSize(10);
  }

  @Provide
  Arbitrary<List<Integer>> sizes() {
    return Pieces.sizes();
  }
}

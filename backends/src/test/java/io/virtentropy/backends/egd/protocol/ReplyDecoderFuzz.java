package io.virtentropy.backends.egd.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A fuzz target for what a client reads: any stream, as the answer to any commands, in reads of any
 * sizes and taken in parts of any size, means what it means as a whole, and brings no more than was
 * asked for. Run by {@code backends/fuzz replies}, and over the corpus by {@link FuzzCorpusTest}.
 */
public final class ReplyDecoderFuzz {
  private static final int MOST_COMMANDS = 16;

  private ReplyDecoderFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    FuzzInput input = new FuzzInput(data);
    List<Integer> sizes = input.sizes();
    int part = 1 + input.next();
    int commands = input.next() % (MOST_COMMANDS + 1);
    int[] asked = new int[commands];
    for (int i = 0; i < commands; i++) {
      asked[i] = input.next() << Byte.SIZE | input.next();
    }
    byte[] stream = input.rest();
    String whole = decode(asked, stream, List.of(Math.max(1, stream.length)), 256);
    String pieces = decode(asked, stream, sizes, part);
    if (!whole.equals(pieces)) {
      throw new AssertionError("in reads of " + sizes + ": " + pieces + "; as a whole: " + whole);
    }
  }

  private static String decode(int[] asked, byte[] stream, List<Integer> sizes, int part) {
    EgdReplyDecoder decoder = new EgdReplyDecoder(MOST_COMMANDS);
    int most = 0;
    for (int command : asked) {
      int count = Math.max(1, command & 0xff);
      switch (command >> Byte.SIZE & 3) {
        case 0 -> decoder.expectLevel();
        case 1 -> {
          decoder.expectNonBlockingRead(count);
          most += count;
        }
        case 2 -> {
          decoder.expectBlockingRead(count);
          most += count;
        }
        default -> decoder.expectPid();
      }
    }
    List<String> found = new ArrayList<>();
    ByteBuffer taken = ByteBuffer.allocate(most + 1);
    Pieces.feed(stream, sizes, in -> drain(decoder, in, part, taken, found));
    if (taken.position() > most) {
      throw new AssertionError(taken.position() + " bytes, of " + most + " asked for");
    }
    byte[] bytes = new byte[taken.position()];
    taken.flip().get(bytes);
    // How many bytes were seen of what nobody asked for depends on the reads; that they came, not.
    EgdFault end = decoder.endOfStream();
    String fault = end instanceof EgdFault.Unsolicited ? "Unsolicited" : String.valueOf(end);
    return found + HexFormat.of().formatHex(bytes) + fault;
  }

  private static void drain(
      EgdReplyDecoder decoder, ByteBuf in, int part, ByteBuffer taken, List<String> found) {
    while (true) {
      switch (decoder.next(in)) {
        case NEED_MORE -> {
          if (in.isReadable()) {
            throw new AssertionError("more is needed, and there is more");
          }
          return;
        }
        case FAULT -> {
          return;
        }
        case BYTES -> {
          if (decoder.take(in, taken, part) < 1) {
            throw new AssertionError("nothing was taken");
          }
        }
        case READ_DONE -> found.add(decoder.count() + " of " + decoder.asked());
        case LEVEL -> found.add("level " + decoder.level());
        case PID -> found.add("pid " + decoder.pidText() + decoder.pid());
      }
    }
  }
}

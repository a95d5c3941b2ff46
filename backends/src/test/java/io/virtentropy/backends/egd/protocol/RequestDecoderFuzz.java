package io.virtentropy.backends.egd.protocol;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A fuzz target for what a server reads: any stream, in reads of any sizes, means what it means as
 * a whole. Run by {@code backends/fuzz requests}, and over the corpus by {@link FuzzCorpusTest}.
 */
public final class RequestDecoderFuzz {
  private RequestDecoderFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    FuzzInput input = new FuzzInput(data);
    List<Integer> sizes = input.sizes();
    byte[] stream = input.rest();
    String whole = decode(stream, List.of(Math.max(1, stream.length)));
    String pieces = decode(stream, sizes);
    if (!whole.equals(pieces)) {
      throw new AssertionError("in reads of " + sizes + ": " + pieces + "; as a whole: " + whole);
    }
  }

  private static String decode(byte[] stream, List<Integer> sizes) {
    List<String> found = new ArrayList<>();
    try (EgdRequestDecoder decoder = new EgdRequestDecoder()) {
      Pieces.feed(stream, sizes, in -> drain(decoder, in, found));
      found.add(String.valueOf(decoder.endOfStream()));
    }
    return found.toString();
  }

  private static void drain(EgdRequestDecoder decoder, ByteBuf in, List<String> found) {
    while (true) {
      int before = in.readableBytes();
      EgdRequestDecoder.Item item = decoder.next(in);
      switch (item) {
        case NEED_MORE -> {
          if (in.isReadable()) {
            throw new AssertionError("more is needed, and there is more");
          }
          return;
        }
        case FAULT -> {
          return;
        }
        case WRITE -> {
          byte[] bytes = new byte[EgdLayout.MAX_COUNT];
          int count = decoder.copyData(bytes);
          found.add("write " + decoder.claimedBits() + HexFormat.of().formatHex(bytes, 0, count));
        }
        case LEVEL, NON_BLOCKING_READ, BLOCKING_READ, PID ->
            found.add(item + " " + decoder.count());
      }
      if (in.readableBytes() >= before) {
        throw new AssertionError("a command that consumed nothing");
      }
    }
  }
}

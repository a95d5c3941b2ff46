package io.virtentropy.conformance.egd;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;

/** What may happen to an EGD server. */
public sealed interface EgdStep {
  /** Counts at which servers are prone to err. */
  List<Integer> COUNTS = List.of(0, 1, 2, 63, 64, 127, 128, 254, 255);

  /** What a client may have sent of a command when it closes its side, in hexadecimal. */
  List<String> BEGINNINGS = List.of("", "01", "02", "03", "030008", "03000802aa");

  /** What a client sends. */
  sealed interface Request extends EgdStep {
    /**
     * Encodes the request.
     *
     * @return the bytes on the wire
     */
    byte[] encode();
  }

  /** Asks how much there is. */
  record Level() implements Request {
    @Override
    public byte[] encode() {
      return new byte[] {0};
    }
  }

  /**
   * Reads what there is.
   *
   * @param count how much at the most, 0 to 255
   */
  record Poll(int count) implements Request {
    @Override
    public byte[] encode() {
      return new byte[] {1, (byte) count};
    }
  }

  /**
   * Reads, and waits for it.
   *
   * @param count how much, 0 to 255
   */
  record Read(int count) implements Request {
    @Override
    public byte[] encode() {
      return new byte[] {2, (byte) count};
    }
  }

  /**
   * Contributes. The bytes would be no commands, were they taken for some.
   *
   * @param bits what it claims they are worth, 0 to 65535
   * @param count how many bytes, 0 to 255
   */
  record Write(int bits, int count) implements Request {
    @Override
    public byte[] encode() {
      byte[] bytes = new byte[4 + count];
      Arrays.fill(bytes, (byte) 0x93);
      bytes[0] = 3;
      bytes[1] = (byte) (bits >> 8);
      bytes[2] = (byte) bits;
      bytes[3] = (byte) count;
      return bytes;
    }
  }

  /** Asks for the process number. */
  record Pid() implements Request {
    @Override
    public byte[] encode() {
      return new byte[] {4};
    }
  }

  /**
   * Sends what is no command, and one behind it.
   *
   * @param command 5 to 255
   */
  record Junk(int command) implements Request {
    @Override
    public byte[] encode() {
      return new byte[] {(byte) command, 4};
    }
  }

  /**
   * A request in two pieces.
   *
   * @param request what is sent
   * @param at the length of the first piece, 0 to the length of the request
   */
  record Cut(Request request, int at) implements EgdStep {}

  /**
   * The source gets more.
   *
   * @param bytes how many, 1 or more
   */
  record Supply(int bytes) implements EgdStep {}

  /**
   * The client closes its sending side.
   *
   * @param beginning the beginning of a command that it sends before, in hexadecimal
   */
  record End(String beginning) implements EgdStep {
    byte[] bytes() {
      return HexFormat.of().parseHex(beginning);
    }
  }

  /**
   * Chooses a step.
   *
   * @param random chooses it
   * @return any step, those that end a conversation seldom
   */
  static EgdStep any(RandomGenerator random) {
    int chosen = random.nextInt(16);
    if (chosen < 10) {
      Request request = request(random);
      return random.nextBoolean()
          ? request
          : new Cut(request, random.nextInt(1 + request.encode().length));
    }
    if (chosen < 14) {
      return new Supply(random.nextInt(1, 401));
    }
    if (chosen < 15) {
      return new Junk(random.nextInt(5, 256));
    }
    return new End(BEGINNINGS.get(random.nextInt(BEGINNINGS.size())));
  }

  /**
   * Chooses a request.
   *
   * @param random chooses it
   * @return any that is a command
   */
  static Request request(RandomGenerator random) {
    int count = COUNTS.get(random.nextInt(COUNTS.size()));
    return switch (random.nextInt(6)) {
      case 0 -> new Level();
      case 1 -> new Poll(count);
      case 2, 3 -> new Read(count);
      case 4 -> {
        int[] claims = {Math.max(0, 8 * count - 1), 0, 1, 0xff, 0x100, 0xffff};
        yield new Write(claims[random.nextInt(claims.length)], count);
      }
      default -> new Pid();
    };
  }
}

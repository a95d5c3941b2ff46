package io.virtentropy.backends.egd.protocol;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Reads a server's replies, on the client's side, from a stream that comes in any pieces. A reply
 * can't be told from another, so each is announced when its command is sent:
 *
 * <pre>{@code
 * EgdRequests.blockingRead(out, 64);
 * decoder.expectBlockingRead(64);
 * ...
 * switch (decoder.next(in)) {
 *   case BYTES -> decoder.take(in, target, target.remaining());
 *   case READ_DONE -> ...                          // asked(), count()
 *   case LEVEL -> show(decoder.level());
 *   case PID -> show(decoder.pidText());
 *   case NEED_MORE -> { return; }
 *   case FAULT -> drop(decoder.fault());
 * }
 * }</pre>
 *
 * <p>Strict: a non-blocking read may bring fewer bytes than asked for or none, but not more; a
 * process number has at most 32 letters, any letters; and nothing comes that was not asked for.
 * What breaks these is an {@link EgdFault}, after which nothing is read any more. A client that
 * gives up waiting must drop the connection: the place in the stream is lost, and the late reply
 * would be taken for the next one's.
 *
 * <p>It holds no entropy, allocates nothing once made except for process numbers, and is used by
 * one thread at a time.
 */
@SuppressWarnings("exports") // who calls this has netty-buffer; who does not must not need it
public final class EgdReplyDecoder {
  /** What {@link #next} has found. */
  public enum Item {
    /** The buffer is empty, and what comes next not complete. */
    NEED_MORE,
    /** {@link #level}, the answer to a question for it. */
    LEVEL,
    /** The buffer begins with bytes of a read, {@link #available} of them, to be taken. */
    BYTES,
    /** All bytes of a read have been taken. */
    READ_DONE,
    /** {@link #pid}, the answer to a question for it. */
    PID,
    /** The stream is broken, see {@link #fault}; final. */
    FAULT
  }

  private static final EgdCommand[] COMMANDS = EgdCommand.values();

  /** What is expected, in order, as command &lt;&lt; 8 | count: a ring. */
  private final short[] expected;

  private int first;
  private int size;

  /** Bytes of blocking reads that have not been taken. */
  private int owed;

  /** Bytes of the first reply that have been consumed, its length included. */
  private int received;

  /** What the first reply announces, once known. */
  private int count;

  private int asked;
  private int available;
  private int level;
  private final byte[] text = new byte[EgdLayout.MAX_PID_TOLERATED];
  private EgdFault fault;

  /**
   * Creates a decoder at the beginning of a stream.
   *
   * @param capacity the most replies that may be expected at a time, 1 or more
   */
  public EgdReplyDecoder(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity " + capacity + "; 1 or more is accepted");
    }
    this.expected = new short[capacity];
  }

  /** Announces the answer to a question for the level. */
  public void expectLevel() {
    expect(EgdLayout.LEVEL, 0);
  }

  /**
   * Announces the answer to a non-blocking read.
   *
   * @param count what it asks for, 1 to 255
   */
  public void expectNonBlockingRead(int count) {
    expect(EgdLayout.NON_BLOCKING_READ, requireCount(count));
  }

  /**
   * Announces the answer to a blocking read.
   *
   * @param count what it asks for, 1 to 255
   */
  public void expectBlockingRead(int count) {
    expect(EgdLayout.BLOCKING_READ, requireCount(count));
    owed += count;
  }

  /** Announces the answer to a question for the process number. */
  public void expectPid() {
    expect(EgdLayout.PID, 0);
  }

  private static int requireCount(int count) {
    if (count < 1 || count > EgdLayout.MAX_COUNT) {
      throw new IllegalArgumentException(
          "a count of " + count + "; 1 to " + EgdLayout.MAX_COUNT + " is accepted");
    }
    return count;
  }

  private void expect(int command, int count) {
    if (size == expected.length) {
      throw new IllegalStateException(
          size + " replies are expected already, which is all it holds");
    }
    expected[(first + size) % expected.length] = (short) (command << Byte.SIZE | count);
    size++;
  }

  /**
   * How many replies are expected.
   *
   * @return 0 to the capacity; the one under way counts
   */
  public int expected() {
    return size;
  }

  /**
   * How many bytes the blocking reads announced will still bring.
   *
   * @return 0 or more
   */
  public int owed() {
    return owed;
  }

  /**
   * Goes on to the next item.
   *
   * @param in what has arrived
   * @return what was found; {@link Item#BYTES} again and again until they are taken
   */
  public Item next(ByteBuf in) {
    while (fault == null) {
      if (size == 0) {
        if (!in.isReadable()) {
          return Item.NEED_MORE;
        }
        return broken(new EgdFault.Unsolicited(in.readableBytes()));
      }
      Item item = first(in);
      if (item != null) {
        return item;
      }
    }
    return Item.FAULT;
  }

  /** Goes on with the first reply; null if it goes on further. */
  private Item first(ByteBuf in) {
    asked = expected[first] & 0xff;
    EgdCommand command = command();
    return switch (command) {
      case BLOCKING_READ -> {
        count = asked;
        yield bytes(in, received);
      }
      case NON_BLOCKING_READ -> {
        if (received > 0) {
          yield bytes(in, received - 1);
        }
        if (!in.isReadable()) {
          yield Item.NEED_MORE;
        }
        count = in.readUnsignedByte();
        received = 1;
        yield count > asked ? broken(new EgdFault.ReplyTooLong(count, asked)) : null;
      }
      case LEVEL -> level(in);
      case PID -> pid(in);
      case WRITE -> throw new IllegalStateException("a write has no reply");
    };
  }

  private EgdCommand command() {
    return COMMANDS[expected[first] >> Byte.SIZE];
  }

  private Item bytes(ByteBuf in, int taken) {
    if (taken == count) {
      return done(Item.READ_DONE);
    }
    available = Math.min(count - taken, in.readableBytes());
    return available == 0 ? Item.NEED_MORE : Item.BYTES;
  }

  private Item level(ByteBuf in) {
    while (received < EgdLayout.LEVEL_REPLY) {
      if (!in.isReadable()) {
        return Item.NEED_MORE;
      }
      level = level << Byte.SIZE | in.readUnsignedByte();
      received++;
    }
    return done(Item.LEVEL);
  }

  private Item pid(ByteBuf in) {
    if (received == 0) {
      if (!in.isReadable()) {
        return Item.NEED_MORE;
      }
      count = in.readUnsignedByte();
      received = 1;
      if (count > EgdLayout.MAX_PID_TOLERATED) {
        return broken(new EgdFault.PidTooLong(count));
      }
    }
    int part = Math.min(count + 1 - received, in.readableBytes());
    in.readBytes(text, received - 1, part);
    received += part;
    return received <= count ? Item.NEED_MORE : done(Item.PID);
  }

  private Item done(Item item) {
    first = (first + 1) % expected.length;
    size--;
    received = 0;
    return item;
  }

  private Item broken(EgdFault what) {
    fault = what;
    return Item.FAULT;
  }

  /**
   * Takes bytes of a read from the buffer, where they are wiped.
   *
   * @param in the buffer, as {@link #next} left it
   * @param target where they go, from its position on, which moves
   * @param most no more than these, 1 or more
   * @return how many were taken; {@link #next} says how to go on
   * @throws IllegalStateException if {@link #next} did not find {@link Item#BYTES}
   */
  public int take(ByteBuf in, ByteBuffer target, int most) {
    if (available == 0) {
      throw new IllegalStateException("no bytes of a read have been found");
    }
    int part = Math.min(available, most);
    int from = in.readerIndex();
    int end = target.limit();
    target.limit(Math.addExact(target.position(), part));
    try {
      in.readBytes(target);
    } finally {
      target.limit(end);
      in.setZero(from, in.readerIndex() - from);
    }
    received += part;
    available -= part;
    if (command() == EgdCommand.BLOCKING_READ) {
      owed -= part;
    }
    return part;
  }

  /**
   * How many bytes of the read can be taken.
   *
   * @return 1 or more after {@link Item#BYTES}
   */
  public int available() {
    return available;
  }

  /**
   * What the read that was found last had asked for.
   *
   * @return 1 to 255
   */
  public int asked() {
    return asked;
  }

  /**
   * What the read that was found last brings.
   *
   * @return {@link #asked} for a blocking read, 0 to {@link #asked} for a non-blocking one
   */
  public int count() {
    return count;
  }

  /**
   * The level of the server's pool, after {@link Item#LEVEL}.
   *
   * @return bits, 0 to 2³²-1
   */
  public long level() {
    return Integer.toUnsignedLong(level);
  }

  /**
   * What the server answered to the question for its process number, after {@link Item#PID}.
   *
   * @return 0 to 32 letters, as they came; a byte that is none of ASCII's shows as U+FFFD
   */
  public String pidText() {
    return new String(text, 0, count, StandardCharsets.US_ASCII);
  }

  /**
   * The same as a number. Servers are known that pad it with blanks, or that hide it behind 0 or
   * -1.
   *
   * @return the number, or nothing if the answer is none
   */
  public OptionalLong pid() {
    String digits = pidText().strip();
    if (!digits.matches("[+-]?[0-9]{1,18}")) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(Long.parseLong(digits));
  }

  /**
   * What the end of the stream means here, once {@link #next} needs more.
   *
   * @return null if nothing was owed; else what was cut short
   */
  public EgdFault endOfStream() {
    if (fault != null) {
      return fault;
    }
    return size == 0 ? null : new EgdFault.TruncatedReply(command(), received);
  }

  /**
   * What broke the stream.
   *
   * @return the fault
   * @throws IllegalStateException if {@link #next} has found none
   */
  public EgdFault fault() {
    if (fault == null) {
      throw new IllegalStateException("the stream is not broken");
    }
    return fault;
  }

  /** Goes back to the beginning of a stream: nothing is expected, nothing was wrong. */
  public void reset() {
    first = 0;
    size = 0;
    owed = 0;
    received = 0;
    count = 0;
    asked = 0;
    available = 0;
    fault = null;
    Arrays.fill(text, (byte) 0);
  }
}

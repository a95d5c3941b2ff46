package io.virtentropy.backends.egd.protocol;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Reads a client's commands, on the server's side, from a stream that comes in any pieces.
 *
 * <pre>{@code
 * while (nothing is owed that must go out first) {
 *   switch (decoder.next(in)) {
 *     case LEVEL -> EgdReplies.level(out, pool.bits());
 *     case NON_BLOCKING_READ -> answer(now(decoder.count()));
 *     case BLOCKING_READ -> owe(decoder.count());
 *     case WRITE -> mix(decoder);                 // claimedBits(), copyData(...)
 *     case PID -> EgdReplies.pid(out, pid);
 *     case NEED_MORE -> { return; }
 *     case FAULT -> { close(decoder.fault()); return; }
 *   }
 * }
 * }</pre>
 *
 * <p>A call consumes one command at the most and nothing behind it, so a server that owes a reply
 * simply does not call: what the client has pipelined stays in the buffer, and in the socket. What
 * a command means:
 *
 * <ul>
 *   <li>A non-blocking read of 0 is answered with a count of 0; a blocking read of 0 with nothing;
 *       a write of 0 bytes changes nothing. All three are reported like others, with a count of 0.
 *   <li>A write is reported once all its bytes are there, never before. Its claim is what the
 *       client says, up to 65,535; more than eight bits per byte can't be true.
 *   <li>A byte that is no command is an {@link EgdFault.UnknownCommand}; nothing is read any more.
 *   <li>A stream that ends inside a command is an {@link EgdFault.TruncatedCommand}, see {@link
 *       #endOfStream}. One that ends between commands has ended well: replies still owed are sent
 *       before the connection is closed.
 * </ul>
 *
 * <p>It holds 255 bytes, allocates nothing once made, and is used by one thread at a time.
 */
@SuppressWarnings("exports") // who calls this has netty-buffer; who does not must not need it
public final class EgdRequestDecoder implements AutoCloseable {
  /** What {@link #next} has found. */
  public enum Item {
    /** The buffer is empty, and the next command not yet complete. */
    NEED_MORE,
    /** A question for the level. */
    LEVEL,
    /** A non-blocking read of {@link #count} bytes. */
    NON_BLOCKING_READ,
    /** A blocking read of {@link #count} bytes. */
    BLOCKING_READ,
    /** A write of {@link #count} bytes that claims {@link #claimedBits}. */
    WRITE,
    /** A question for the process number. */
    PID,
    /** The stream is broken, see {@link #fault}; final. */
    FAULT
  }

  private enum Phase {
    COMMAND,
    COUNT_OF_NON_BLOCKING,
    COUNT_OF_BLOCKING,
    CLAIM_HIGH,
    CLAIM_LOW,
    COUNT_OF_WRITE,
    DATA,
    BROKEN
  }

  private final byte[] data = new byte[EgdLayout.MAX_COUNT];
  private Phase phase = Phase.COMMAND;
  private Item found = Item.NEED_MORE;
  private int count;
  private int claim;
  private int received;

  /** Bytes of {@link #data} that may not be zero. */
  private int held;

  private EgdFault fault;

  /** Creates a decoder at the beginning of a stream. */
  public EgdRequestDecoder() {}

  /**
   * Goes on to the next command.
   *
   * @param in what has arrived; what belongs to the command is consumed. Bytes of a write pass
   *     through it, so it is the caller's to wipe
   * @return what was found
   */
  public Item next(ByteBuf in) {
    wipe();
    found = find(in);
    return found;
  }

  private Item find(ByteBuf in) {
    while (phase != Phase.BROKEN) {
      if (!in.isReadable()) {
        return Item.NEED_MORE;
      }
      Item item = phase == Phase.DATA ? data(in) : octet(in.readUnsignedByte());
      if (item != null) {
        return item;
      }
    }
    return Item.FAULT;
  }

  /** Takes one byte outside the data of a write; null if the command goes on. */
  private Item octet(int value) {
    return switch (phase) {
      case COMMAND -> command(value);
      case COUNT_OF_NON_BLOCKING -> counted(Item.NON_BLOCKING_READ, value);
      case COUNT_OF_BLOCKING -> counted(Item.BLOCKING_READ, value);
      case CLAIM_HIGH -> {
        claim = value << Byte.SIZE;
        phase = Phase.CLAIM_LOW;
        yield null;
      }
      case CLAIM_LOW -> {
        claim |= value;
        phase = Phase.COUNT_OF_WRITE;
        yield null;
      }
      case COUNT_OF_WRITE -> {
        if (value == 0) {
          yield counted(Item.WRITE, 0);
        }
        count = value;
        received = 0;
        phase = Phase.DATA;
        yield null;
      }
      case DATA, BROKEN -> throw new IllegalStateException("no command byte is due: " + phase);
    };
  }

  private Item command(int value) {
    switch (value) {
      case EgdLayout.LEVEL -> {
        return Item.LEVEL;
      }
      case EgdLayout.NON_BLOCKING_READ -> phase = Phase.COUNT_OF_NON_BLOCKING;
      case EgdLayout.BLOCKING_READ -> phase = Phase.COUNT_OF_BLOCKING;
      case EgdLayout.WRITE -> phase = Phase.CLAIM_HIGH;
      case EgdLayout.PID -> {
        return Item.PID;
      }
      default -> {
        fault = new EgdFault.UnknownCommand(value);
        phase = Phase.BROKEN;
        return Item.FAULT;
      }
    }
    return null;
  }

  private Item counted(Item item, int value) {
    count = value;
    phase = Phase.COMMAND;
    return item;
  }

  private Item data(ByteBuf in) {
    int part = Math.min(count - received, in.readableBytes());
    in.readBytes(data, received, part);
    received += part;
    held = received;
    return received < count ? null : counted(Item.WRITE, count);
  }

  /**
   * The count of the read or write that was found last.
   *
   * @return 0 to 255
   */
  public int count() {
    return count;
  }

  /**
   * What the write that was found last claims.
   *
   * @return 0 to 65,535 bits, whatever its count
   */
  public int claimedBits() {
    return claim;
  }

  /**
   * Copies the bytes of the write that was found last. They can be had until the next call of
   * {@link #next}, which wipes them.
   *
   * @param target gets {@link #count} bytes from its index 0 on
   * @return {@link #count}
   */
  public int copyData(byte[] target) {
    if (found != Item.WRITE) {
      throw new IllegalStateException("no write has been found, but " + found);
    }
    System.arraycopy(data, 0, target, 0, count);
    return count;
  }

  /**
   * Says whether part of a command has arrived and the rest has not: a client that stays there is
   * late, one that is silent between commands merely wants nothing.
   *
   * @return true inside a command
   */
  public boolean isInsideCommand() {
    return phase != Phase.COMMAND && phase != Phase.BROKEN;
  }

  /**
   * What the end of the stream means here, once {@link #next} needs more.
   *
   * @return null if it came between commands, which is a good end; else what was cut short
   */
  public EgdFault endOfStream() {
    return switch (phase) {
      case COMMAND -> null;
      case COUNT_OF_NON_BLOCKING -> new EgdFault.TruncatedCommand(EgdCommand.NON_BLOCKING_READ, 1);
      case COUNT_OF_BLOCKING -> new EgdFault.TruncatedCommand(EgdCommand.BLOCKING_READ, 1);
      case CLAIM_HIGH -> new EgdFault.TruncatedCommand(EgdCommand.WRITE, 1);
      case CLAIM_LOW -> new EgdFault.TruncatedCommand(EgdCommand.WRITE, 2);
      case COUNT_OF_WRITE -> new EgdFault.TruncatedCommand(EgdCommand.WRITE, 3);
      case DATA ->
          new EgdFault.TruncatedCommand(EgdCommand.WRITE, EgdLayout.WRITE_HEADER + received);
      case BROKEN -> fault;
    };
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

  /** Wipes what is held. A write that was not complete is gone. */
  @Override
  public void close() {
    phase = Phase.COMMAND;
    found = Item.NEED_MORE;
    wipe();
  }

  private void wipe() {
    if (phase != Phase.DATA && held > 0) {
      Arrays.fill(data, 0, held, (byte) 0);
      held = 0;
    }
  }
}

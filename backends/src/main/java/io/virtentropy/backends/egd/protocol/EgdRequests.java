package io.virtentropy.backends.egd.protocol;

import io.netty.buffer.ByteBuf;

/**
 * What a client sends. Strict: no command without effect (a count of 0) and no claim that can't be
 * true is sent, though servers are known that put up with them.
 */
@SuppressWarnings("exports") // who calls this has netty-buffer; who does not must not need it
public final class EgdRequests {
  private EgdRequests() {}

  /**
   * Asks for the level of the pool.
   *
   * @param out gets 1 byte appended
   */
  public static void level(ByteBuf out) {
    out.writeByte(EgdLayout.LEVEL);
  }

  /**
   * Asks for what can be had now.
   *
   * @param out gets 2 bytes appended
   * @param count 1 to 255
   */
  public static void nonBlockingRead(ByteBuf out, int count) {
    requireCount(count);
    out.writeByte(EgdLayout.NON_BLOCKING_READ);
    out.writeByte(count);
  }

  /**
   * Asks for bytes and waits for all of them.
   *
   * @param out gets 2 bytes appended
   * @param count 1 to 255
   */
  public static void blockingRead(ByteBuf out, int count) {
    requireCount(count);
    out.writeByte(EgdLayout.BLOCKING_READ);
    out.writeByte(count);
  }

  /**
   * Asks for any number of bytes by blocking reads in a row: as many of 255 as fit, then the rest,
   * as QEMU's {@code rng-egd} does.
   *
   * @param out gets {@link #lengthOfBlockingReads} bytes appended
   * @param total how many bytes, 1 or more
   */
  public static void blockingReads(ByteBuf out, int total) {
    if (total < 1) {
      throw new IllegalArgumentException("a read of " + total + " bytes; 1 or more is accepted");
    }
    for (int left = total; left > 0; left -= EgdLayout.MAX_COUNT) {
      blockingRead(out, Math.min(left, EgdLayout.MAX_COUNT));
    }
  }

  /**
   * How long the commands are that ask for a number of bytes.
   *
   * @param total how many bytes, 0 or more
   * @return the bytes that {@link #blockingReads} appends
   */
  public static int lengthOfBlockingReads(int total) {
    int commands = total / EgdLayout.MAX_COUNT + (total % EgdLayout.MAX_COUNT > 0 ? 1 : 0);
    return commands * EgdLayout.READ_COMMAND;
  }

  /**
   * Gives bytes to the pool.
   *
   * @param out gets 4 bytes and the data appended
   * @param bits the entropy claimed for them, 0 to eight per byte
   * @param data the bytes, 1 to 255 between its indices; they are consumed, and the caller's to
   *     wipe
   */
  public static void write(ByteBuf out, int bits, ByteBuf data) {
    int count = data.readableBytes();
    requireCount(count);
    if (bits < 0 || bits > count * Byte.SIZE) {
      throw new IllegalArgumentException(
          bits + " bits claimed for " + count + " bytes; 0 to " + count * Byte.SIZE + " can be");
    }
    out.writeByte(EgdLayout.WRITE);
    out.writeShort(bits);
    out.writeByte(count);
    out.writeBytes(data);
  }

  /**
   * Asks for the server's process number.
   *
   * @param out gets 1 byte appended
   */
  public static void pid(ByteBuf out) {
    out.writeByte(EgdLayout.PID);
  }

  private static void requireCount(int count) {
    if (count < 1 || count > EgdLayout.MAX_COUNT) {
      throw new IllegalArgumentException(
          "a count of " + count + "; 1 to " + EgdLayout.MAX_COUNT + " is accepted");
    }
  }
}

package io.virtentropy.backends.egd.protocol;

import io.netty.buffer.ByteBuf;

/**
 * What a server sends. Only what every known client understands: levels of 31 bits, process numbers
 * without padding, nothing at all before the bytes of a blocking read (a client can't tell a length
 * there from entropy), and nothing in answer to a write.
 */
@SuppressWarnings("exports") // who calls this has netty-buffer; who does not must not need it
public final class EgdReplies {
  private EgdReplies() {}

  /**
   * Answers with the level of the pool.
   *
   * @param out gets 4 bytes appended
   * @param bits what is believed to be in the pool, 0 or more; more than 2³¹-1 is sent as that
   */
  public static void level(ByteBuf out, long bits) {
    if (bits < 0) {
      throw new IllegalArgumentException("a level of " + bits + " bits; 0 or more is accepted");
    }
    out.writeInt((int) Math.min(bits, EgdLayout.MAX_LEVEL));
  }

  /**
   * Begins the answer to a non-blocking read; that many bytes must follow.
   *
   * @param out gets 1 byte appended
   * @param count 0 to what was asked for
   */
  public static void nonBlockingRead(ByteBuf out, int count) {
    if (count < 0 || count > EgdLayout.MAX_COUNT) {
      throw new IllegalArgumentException(
          "a count of " + count + "; 0 to " + EgdLayout.MAX_COUNT + " is accepted");
    }
    out.writeByte(count);
  }

  /**
   * Answers with a process number, in as few digits as it has.
   *
   * @param out gets 2 to 11 bytes appended
   * @param pid 0 to 2³¹-1; 0 where it is nobody's business
   */
  public static void pid(ByteBuf out, long pid) {
    if (pid < 0 || pid > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a process number of " + pid + "; 0 to " + Integer.MAX_VALUE + " is accepted");
    }
    int digits = 1;
    for (long rest = pid / 10; rest > 0; rest /= 10) {
      digits++;
    }
    out.writeByte(digits);
    int end = out.writerIndex() + digits;
    out.ensureWritable(digits);
    long rest = pid;
    for (int i = end - 1; i >= end - digits; i--) {
      out.setByte(i, '0' + (int) (rest % 10));
      rest /= 10;
    }
    out.writerIndex(end);
  }
}

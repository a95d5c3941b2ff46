package io.virtentropy.backends.egd.protocol;

/**
 * The bytes of EGD, as its original server {@code egd.pl} and all later ones speak it.
 *
 * <pre>
 *   command             client sends              server answers
 *   level               00                        B3 B2 B1 B0      bits in the pool, big endian
 *   non-blocking read   01 NN                     MM + MM bytes    MM at most NN; 0: nothing now
 *   blocking read       02 NN                     NN bytes         no length before them
 *   write               03 HH LL NN + NN bytes    nothing          HHLL bits claimed, big endian
 *   pid                 04                        MM + MM letters  decimal, not terminated
 * </pre>
 *
 * <p>No version, no frame, no request number, no error reply: replies belong to requests by their
 * order, and a server says no by closing the connection.
 */
public final class EgdLayout {
  /** Command: how many bits are in the pool. */
  public static final int LEVEL = 0x00;

  /** Command: bytes, as many as can be had now. */
  public static final int NON_BLOCKING_READ = 0x01;

  /** Command: bytes, all of them, after whatever time it takes. */
  public static final int BLOCKING_READ = 0x02;

  /** Command: bytes for the pool. */
  public static final int WRITE = 0x03;

  /** Command: the server's process number. */
  public static final int PID = 0x04;

  /** The most bytes that one command reads or writes: what its one byte of count can say. */
  public static final int MAX_COUNT = 255;

  /** The most bits that a write can claim, though eight per byte are all that can be true. */
  public static final int MAX_CLAIM = 0xffff;

  /** What goes before the bytes of a write: command, two bytes of claim, count. */
  public static final int WRITE_HEADER = 4;

  /** The length of a read command. */
  public static final int READ_COMMAND = 2;

  /** The length of the answer to {@link #LEVEL}. */
  public static final int LEVEL_REPLY = 4;

  /** The most that is answered to {@link #LEVEL}: there are clients that read it as signed. */
  public static final int MAX_LEVEL = Integer.MAX_VALUE;

  /** The longest answer to {@link #PID} that is sent: a number of 31 bits. */
  public static final int MAX_PID = 10;

  /** The longest that is understood: prngd pads to 12 with blanks, others may pad further. */
  public static final int MAX_PID_TOLERATED = 32;

  private EgdLayout() {}
}

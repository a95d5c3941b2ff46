package io.virtentropy.vhostuser.linux;

/**
 * A descriptor through which two processes signal each other: an eventfd, or a pipe where there is
 * none (eventfd(2)). What is written means nothing; that something was, does.
 *
 * <p>Signalling allocates nothing.
 */
public final class Signal implements AutoCloseable {
  private static final int EFD_CLOEXEC = 0x80000;
  private static final int EFD_NONBLOCK = 0x800;
  private static final int SCRATCH_BYTES = 4096;

  /** The number 1, written by every signal; never changed, so all threads use it. */
  private static final NativeBuffer ONE = new NativeBuffer(Long.BYTES);

  /** Where what is read goes; nobody looks at it, so all threads use it. */
  private static final NativeBuffer SCRATCH = new NativeBuffer(SCRATCH_BYTES);

  static {
    ONE.bytes().putLong(0, 1);
  }

  private final Descriptor descriptor;
  private final boolean pipe;

  private Signal(Descriptor descriptor, boolean pipe) {
    this.descriptor = descriptor;
    this.pipe = pipe;
  }

  /**
   * Creates an eventfd that is not signalled.
   *
   * @return the caller's to close
   * @throws SystemCallException if there are too many open files
   */
  public static Signal create() throws SystemCallException {
    int fd = Libc.eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return new Signal(Descriptor.returned(fd, "eventfd", ""), false);
  }

  /**
   * Takes over a descriptor that a peer has passed, and sees to it that it never blocks.
   *
   * @param passed an open descriptor; closed if it is of no use
   * @return the signal, or null if it is neither an eventfd nor a pipe
   * @throws SystemCallException if nothing can be found out about it
   */
  public static Signal adopt(Descriptor passed) throws SystemCallException {
    Signal adopted = null;
    try {
      FileStatus status = FileStatus.of(passed);
      if (status.isPipe() || status.isAnonymous()) {
        passed.stopBlocking();
        adopted = new Signal(passed, status.isPipe());
      }
      return adopted;
    } finally {
      if (adopted == null) {
        passed.close();
      }
    }
  }

  /**
   * The descriptor, to wait on or to pass on.
   *
   * @return it stays this object's
   */
  public Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Signals. One that finds no room is not lost, because whoever waits has one already.
   *
   * @return false if the descriptor takes no signals
   */
  public boolean send() {
    while (Libc.write(descriptor.number(), ONE.address(), Long.BYTES) < 0) {
      switch (Libc.errno()) {
        case Errno.EINTR -> {}
        case Errno.EAGAIN -> {
          return true;
        }
        default -> {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Takes signals back.
   *
   * @return true if there were any
   */
  public boolean drain() {
    return Libc.read(descriptor.number(), SCRATCH.address(), SCRATCH_BYTES) > 0;
  }

  /** Takes signals back where they would pile up: an eventfd tells of each of them unread. */
  public void drainIfPipe() {
    if (pipe) {
      drain();
    }
  }

  /** Closes the descriptor. Idempotent. */
  @Override
  public void close() {
    descriptor.close();
  }
}

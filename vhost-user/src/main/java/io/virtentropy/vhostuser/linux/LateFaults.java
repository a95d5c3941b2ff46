package io.virtentropy.vhostuser.linux;

/**
 * Brings on an {@link InternalError} for memory that could not be accessed.
 *
 * <p>HotSpot marks such a fault in the thread, goes on behind the instruction, and throws the error
 * some time later, up to JDK 17 long after any number of returns and native calls: such a JDK looks
 * for it where compiled or interpreted code comes back from the runtime, which code that is warm
 * hardly enters, and where native code asks for pending exceptions (JNI {@code ExceptionCheck}).
 * Later ones throw it at the next safepoint poll, at the latest on the return from a native call.
 *
 * <p>So whoever accesses memory that others can take away calls {@link #deliver} before it does
 * anything else that must not be interrupted: a system call whose result would be lost, or work for
 * somebody whose memory is in order.
 */
public final class LateFaults {
  private LateFaults() {}

  /**
   * Throws what is due. No system call; some 100 ns.
   *
   * @throws InternalError if this thread has accessed memory whose file is too short
   */
  public static void deliver() {
    // JNA asks for pending exceptions before each call with an argument, whatever is called.
    int ignored = Libc.abs(0);
    assert ignored == 0;
  }
}

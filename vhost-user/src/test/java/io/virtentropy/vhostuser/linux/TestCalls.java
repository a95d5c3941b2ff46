package io.virtentropy.vhostuser.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.nio.ByteBuffer;

/** System calls that only tests make. */
public final class TestCalls {
  private static final int RLIMIT_NOFILE = 7;
  private static final int STANDARD_STREAMS = 3;
  private static final int NONBLOCK_CLOEXEC = 0x80800;

  static {
    Native.register(TestCalls.class, NativeLibrary.getProcess());
  }

  private TestCalls() {}

  static native int pipe2(long descriptors, int flags);

  static native int getrlimit(int resource, long limits);

  static native int setrlimit(int resource, long limits);

  /** Makes a pipe: the end to read, the end to write. */
  public static Descriptor[] pipe() throws SystemCallException {
    NativeBuffer pair = new NativeBuffer(2 * Integer.BYTES);
    if (pipe2(pair.address(), NONBLOCK_CLOEXEC) < 0) {
      throw SystemCallException.last("pipe2", "");
    }
    ByteBuffer bytes = pair.bytes();
    return new Descriptor[] {
      new Descriptor(bytes.getInt(0)), new Descriptor(bytes.getInt(Integer.BYTES))
    };
  }

  /** Runs something while no file can be opened. */
  public static void withoutDescriptors(Runnable action) throws SystemCallException {
    NativeBuffer limits = new NativeBuffer(2 * Long.BYTES);
    if (getrlimit(RLIMIT_NOFILE, limits.address()) < 0) {
      throw SystemCallException.last("getrlimit", "");
    }
    long soft = limits.bytes().getLong(0);
    // Below all that the JVM's own threads open and close meanwhile; these three stay open.
    limits.bytes().putLong(0, STANDARD_STREAMS);
    if (setrlimit(RLIMIT_NOFILE, limits.address()) < 0) {
      throw SystemCallException.last("setrlimit", "");
    }
    try {
      action.run();
    } finally {
      limits.bytes().putLong(0, soft);
      int restored = setrlimit(RLIMIT_NOFILE, limits.address());
      assert restored == 0;
    }
  }
}

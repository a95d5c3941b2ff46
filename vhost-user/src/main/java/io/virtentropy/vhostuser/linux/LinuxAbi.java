package io.virtentropy.vhostuser.linux;

import java.nio.ByteOrder;
import java.util.Locale;

/** Which platform this is, found out without loading anything native. */
public final class LinuxAbi {
  private static final String ARCH = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
  private static final String SYSTEM = System.getProperty("os.name", "");

  /** x86-64 has the one structure that differs: a packed {@code epoll_event}. */
  static final boolean X86_64 = ARCH.equals("amd64") || ARCH.equals("x86_64");

  private LinuxAbi() {}

  /**
   * Says whether the layouts of this package are those of the running platform.
   *
   * @return true on Linux on x86-64 and little-endian aarch64
   */
  public static boolean isSupported() {
    return SYSTEM.equals("Linux")
        && (X86_64 || ARCH.equals("aarch64"))
        && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  }

  /**
   * Names the platform for people.
   *
   * @return for example {@code Mac OS X on aarch64}
   */
  public static String describe() {
    return SYSTEM + " on " + ARCH;
  }
}

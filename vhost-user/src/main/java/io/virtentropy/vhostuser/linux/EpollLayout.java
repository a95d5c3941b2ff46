package io.virtentropy.vhostuser.linux;

/**
 * The structures of waiting (epoll_ctl(2), ppoll(2)).
 *
 * <pre>
 *   epoll_event, x86-64: packed        epoll_event, elsewhere       pollfd          timespec
 *     0  u32 events                      0  u32 events                0  int fd       0  s64 seconds
 *     4  u64 data                        8  u64 data                  4  s16 events   8  s64 nanos
 *                                                                     6  s16 revents
 * </pre>
 */
final class EpollLayout {
  static final int EVENTS = 0;
  static final int DATA = LinuxAbi.X86_64 ? 4 : 8;
  static final int EVENT_BYTES = LinuxAbi.X86_64 ? 12 : 16;

  static final int CTL_ADD = 1;
  static final int CTL_DEL = 2;
  static final int CTL_MOD = 3;
  static final int CLOEXEC = 0x80000;

  static final int POLL_FD = 0;
  static final int POLL_EVENTS = 4;
  static final int POLL_BYTES = 8;
  static final int POLLIN = 1;

  static final int TIME_SECONDS = 0;
  static final int TIME_NANOS = 8;
  static final int TIME_BYTES = 16;

  private EpollLayout() {}
}

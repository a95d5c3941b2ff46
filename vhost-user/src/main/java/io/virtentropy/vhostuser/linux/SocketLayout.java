package io.virtentropy.vhostuser.linux;

/**
 * Structures of socket calls on 64-bit Linux (unix(7), recvmsg(2), cmsg(3)).
 *
 * <pre>
 *   sockaddr_un             msghdr                      cmsghdr
 *     0  u16 family           0  ptr    name              0  size_t len   header included
 *     2  char path[108]       8  u32    namelen           8  int    level
 *                            16  ptr    iov              12  int    type
 *   iovec                    24  size_t iovlen           16  data, padded to 8
 *     0  ptr    base         32  ptr    control
 *     8  size_t len          40  size_t controllen
 *                            48  int    flags
 * </pre>
 */
final class SocketLayout {
  static final int AF_UNIX = 1;
  static final int SOCK_STREAM = 1;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SOCK_NONBLOCK = 0x800;

  static final int ADDRESS_FAMILY = 0;
  static final int ADDRESS_PATH = 2;
  static final int ADDRESS_PATH_BYTES = 108;
  static final int ADDRESS_BYTES = ADDRESS_PATH + ADDRESS_PATH_BYTES;

  static final int IOVEC_BASE = 0;
  static final int IOVEC_LEN = 8;
  static final int IOVEC_BYTES = 16;

  static final int MESSAGE_IOV = 16;
  static final int MESSAGE_IOVLEN = 24;
  static final int MESSAGE_CONTROL = 32;
  static final int MESSAGE_CONTROLLEN = 40;
  static final int MESSAGE_FLAGS = 48;
  static final int MESSAGE_BYTES = 56;

  static final int CONTROL_LEN = 0;
  static final int CONTROL_LEVEL = 8;
  static final int CONTROL_TYPE = 12;
  static final int CONTROL_DATA = 16;
  static final int CONTROL_ALIGN = 8;

  static final int SOL_SOCKET = 1;
  static final int SCM_RIGHTS = 1;

  static final int MSG_CTRUNC = 0x8;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int MSG_CMSG_CLOEXEC = 0x40000000;

  private SocketLayout() {}

  /** The room that a control message with so many descriptors takes: CMSG_SPACE. */
  static int controlSpace(int descriptors) {
    int data = Integer.BYTES * descriptors;
    return CONTROL_DATA + (data + CONTROL_ALIGN - 1 & -CONTROL_ALIGN);
  }

  /** What goes into a control message's len: CMSG_LEN. */
  static int controlLength(int descriptors) {
    return CONTROL_DATA + Integer.BYTES * descriptors;
  }
}

package io.virtentropy.vhostuser.protocol;

import java.util.StringJoiner;

/** Protocol features, as bit numbers of a 64-bit word. All that are known have a name. */
public enum ProtocolFeature {
  /** The number of queues can be asked for. */
  MQ(0),
  /** The dirty log is in shared memory. */
  LOG_SHMFD(1),
  /** The guest's presence can be announced on a network. */
  RARP(2),
  /** Any request can be acknowledged. */
  REPLY_ACK(3),
  /** The guest can be told of an MTU. */
  MTU(4),
  /** The back-end may send requests. */
  BACKEND_REQ(5),
  /** Rings may have the other byte order. */
  CROSS_ENDIAN(6),
  /** Sessions of a crypto device. */
  CRYPTO_SESSION(7),
  /** Memory may arrive late. */
  PAGEFAULT(8),
  /** The device has a configuration space. */
  CONFIG(9),
  /** The back-end's requests may bring descriptors. */
  BACKEND_SEND_FD(10),
  /** Notifications may bypass the front-end. */
  HOST_NOTIFIER(11),
  /** Requests in flight are recorded in shared memory. */
  INFLIGHT_SHMFD(12),
  /** The device can be reset. */
  RESET_DEVICE(13),
  /** Kicks and calls may be messages. */
  INBAND_NOTIFICATIONS(14),
  /** Memory regions can be added and removed one by one. */
  CONFIGURE_MEM_SLOTS(15),
  /** The device status is passed on. */
  STATUS(16),
  /** Memory is mapped through Xen. */
  XEN_MMAP(17),
  /** Objects are shared between back-ends. */
  SHARED_OBJECT(18),
  /** The device's state can be transferred. */
  DEVICE_STATE(19),
  /** Rings can be stopped with requests in flight. */
  GET_VRING_BASE_INFLIGHT(20),
  /** Rings have guest-physical addresses. */
  GPA_ADDRESSES(21),
  /** The device has shared memory. */
  SHMEM(22),
  /** Rings can be stopped without waiting. */
  GET_VRING_BASE_SKIP_DRAIN(23);

  private final long mask;

  ProtocolFeature(int bit) {
    mask = 1L << bit;
  }

  /**
   * The feature as a mask.
   *
   * @return a word with one bit set
   */
  public long mask() {
    return mask;
  }

  /**
   * Names the features of a word.
   *
   * @param word feature bits
   * @return their names; bits without a name as a number
   */
  public static String describe(long word) {
    StringJoiner names = new StringJoiner(" ");
    long rest = word;
    for (ProtocolFeature feature : values()) {
      if ((word & feature.mask) != 0) {
        names.add(feature.name());
        rest &= ~feature.mask;
      }
    }
    if (rest != 0) {
      names.add("0x" + Long.toHexString(rest));
    }
    return names.toString();
  }
}

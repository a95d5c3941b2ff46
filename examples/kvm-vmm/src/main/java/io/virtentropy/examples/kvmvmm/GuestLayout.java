package io.virtentropy.examples.kvmvmm;

/** The addresses, ports and numbers that guest/guest.S has too. */
final class GuestLayout {
  /** One page of RAM for the guest's code at 64 KiB, its rings from 128 KiB on. */
  static final int RAM_BYTES = 1 << 20;

  static final int CODE = 0x10000;
  static final int STACK = 0x8000;

  /** The registers of the virtio device: beyond RAM, so that an access leaves the guest. */
  static final long RNG = 0xd000_0000L;

  static final int PORT_RDRAND32 = 0x510;
  static final int PORT_RDRAND16 = 0x514;
  static final int PORT_RDSEED32 = 0x518;
  static final int PORT_RDSEED16 = 0x51c;
  static final int PORT_VIRTIO = 0x520;
  static final int PORT_RETRIES = 0x524;
  static final int PORT_DONE = 0x528;

  static final int ROUNDS = 64;
  static final int REQUESTS = 16;
  static final int REQUEST_BYTES = 64;

  /** What the guest leaves in the upper half of a 16-bit destination. */
  static final int UPPER_HALF = 0x5a5a;

  private GuestLayout() {}

  /** The guest's last word. */
  static String lastWord(int code) {
    return switch (code) {
      case 0 -> "all done";
      case 1 -> "CPUID shows no RDRAND or no RDSEED";
      case 2 -> "no number after all the tries that the manual asks for";
      case 3 -> "no virtio entropy device at its address";
      case 4 -> "the device refused the features or the queue";
      case 5 -> "the device did not answer a request, or in part only";
      case 6 -> "an exception, such as #UD from a KVM that doesn't leave RDRAND to its monitor";
      default -> "code " + code;
    };
  }
}

package io.virtentropy.conformance.model;

import java.util.HexFormat;

/**
 * The 256 bytes of configuration space on a conventional slot: what they are at power-on and which
 * bits of each can be written. Nothing happens here but the storing; {@link ModelDevice} does what
 * follows from it.
 */
final class ConfigSpace {
  static final int BYTES = 256;
  static final int COMMAND = 0x04;
  static final int STATUS = 0x06;
  static final int MSIX_CONTROL = 0x9a;

  private static final int PORTS_DECODED = 1;
  private static final int MEMORY_DECODED = 2;
  private static final int BUS_MASTER = 4;
  private static final int INTX_DISABLED = 0x400;
  private static final int INTERRUPT_STATUS = 8;
  private static final int MSIX_ENABLED = 0x8000;
  private static final int MSIX_ALL_MASKED = 0x4000;

  private static final String TRANSITIONAL =
      """
      f4 1a 05 10 00 00 10 00 00 00 ff 00 00 00 00 00
      01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      0c 00 00 00 00 00 00 00 00 00 00 00 f4 1a 04 00
      00 00 00 00 98 00 00 00 00 00 00 00 00 01 00 00
      09 00 10 01 04 00 00 00 00 00 00 00 00 10 00 00
      09 40 10 03 04 00 00 00 00 10 00 00 00 10 00 00
      09 50 10 04 04 00 00 00 00 20 00 00 00 10 00 00
      09 60 14 02 04 00 00 00 00 30 00 00 00 10 00 00
      04 00 00 00 09 70 14 05 00 00 00 00 00 00 00 00
      00 00 00 00 00 00 00 00 11 84 01 00 01 00 00 00
      01 08 00 00
      """;

  private final byte[] bytes = new byte[BYTES];
  private final byte[] writable = new byte[BYTES];

  /** Makes the space of a transitional device, or of one that knows no legacy drivers. */
  ConfigSpace(boolean transitional) {
    byte[] dump = HexFormat.of().parseHex(TRANSITIONAL.replaceAll("\\s", ""));
    System.arraycopy(dump, 0, bytes, 0, dump.length);
    if (!transitional) {
      bytes[0x02] = 0x44;
      bytes[0x08] = 0x01;
      bytes[0x10] = 0x00;
      bytes[0x2e] = 0x00;
      bytes[0x2f] = 0x11;
    }
    writable(COMMAND, "0705");
    writable(0x0c, "ff");
    if (transitional) {
      writable(0x10, "e0ffffff");
    }
    writable(0x15, "f0ffff");
    writable(0x21, "c0ffffffffffff");
    writable(0x3c, "ff");
    writable(0x88, "ff");
    writable(0x8c, "ff".repeat(12));
    writable(MSIX_CONTROL + 1, "c0");
    writable(0xa4, "ff".repeat(BYTES - 0xa4));
  }

  private void writable(int from, String mask) {
    byte[] bits = HexFormat.of().parseHex(mask);
    System.arraycopy(bits, 0, writable, from, bits.length);
  }

  long read(int offset, int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (long) (bytes[offset + i] & 0xff) << (8 * i);
    }
    return value;
  }

  void write(int offset, int size, long value) {
    for (int i = 0; i < size; i++) {
      int mask = writable[offset + i] & 0xff;
      int kept = bytes[offset + i] & ~mask;
      bytes[offset + i] = (byte) (kept | ((int) (value >>> (8 * i)) & mask));
    }
  }

  /** Stores what is behind the access capability, which is not for the guest to write. */
  void store(int offset, int size, long value) {
    for (int i = 0; i < size; i++) {
      bytes[offset + i] = (byte) (value >>> (8 * i));
    }
  }

  /** What a reset of the machine does: command, BARs, cache line, interrupt line, MSI-X control. */
  void machineReset() {
    write(COMMAND, 2, 0);
    write(0x0c, 1, 0);
    write(0x3c, 1, 0);
    for (int bar = 0x10; bar < 0x28; bar += 4) {
      write(bar, 4, 0);
    }
    write(MSIX_CONTROL, 2, 0);
  }

  void showInterrupt(boolean pending) {
    bytes[STATUS] =
        (byte) (pending ? bytes[STATUS] | INTERRUPT_STATUS : bytes[STATUS] & ~INTERRUPT_STATUS);
  }

  void setBusMaster() {
    bytes[COMMAND] |= BUS_MASTER;
  }

  boolean decodesPorts() {
    return (read(COMMAND, 2) & PORTS_DECODED) != 0;
  }

  boolean decodesMemory() {
    return (read(COMMAND, 2) & MEMORY_DECODED) != 0;
  }

  boolean isBusMaster() {
    return (read(COMMAND, 2) & BUS_MASTER) != 0;
  }

  boolean isIntxDisabled() {
    return (read(COMMAND, 2) & INTX_DISABLED) != 0;
  }

  boolean isMsixEnabled() {
    return (read(MSIX_CONTROL, 2) & MSIX_ENABLED) != 0;
  }

  /** Whether no vector may send: the function is masked, or MSI-X is off. */
  boolean isMsixMasked() {
    return !isMsixEnabled() || (read(MSIX_CONTROL, 2) & MSIX_ALL_MASKED) != 0;
  }
}

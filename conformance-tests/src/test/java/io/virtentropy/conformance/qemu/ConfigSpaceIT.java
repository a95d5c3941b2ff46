package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The configuration space of QEMU's device")
final class ConfigSpaceIT {
  private static final int DEVICE_CAPABILITIES = 0x44;
  private static final int EXTENDED_TAG = 0x20;

  static Stream<QemuBinary> qemus() {
    return Qemus.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should be the recorded one on a conventional slot of q35 and of i440fx")
  void transitional(QemuBinary qemu) throws IOException {
    byte[] expected = recorded("transitional.config", 0x100);
    for (QemuSlot slot : new QemuSlot[] {QemuSlot.Q35, QemuSlot.I440FX}) {
      try (QemuDevice device = QemuDevice.of(qemu).slot(slot).start()) {
        assertSame(expected, device);
      }
      try (QemuDevice device =
          QemuDevice.of(qemu).type("virtio-rng-pci-transitional").slot(slot).start()) {
        assertSame(expected, device);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should be the recorded one of a modern device on a conventional slot")
  void modern(QemuBinary qemu) throws IOException {
    byte[] expected = recorded("modern.config", 0x100);
    try (QemuDevice device = QemuDevice.of(qemu).type("virtio-rng-pci-non-transitional").start()) {
      assertSame(expected, device);
    }
    try (QemuDevice device = QemuDevice.of(qemu).property("disable-legacy", "on").start()) {
      assertSame(expected, device);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should be the recorded 4096 bytes behind a root port")
  void express(QemuBinary qemu) throws IOException {
    byte[] expected = recorded("express.config", 0x1000);
    if (qemu.version().isAtLeast(9, 2)) {
      expected[DEVICE_CAPABILITIES] |= EXTENDED_TAG;
    }
    try (QemuDevice device = QemuDevice.of(qemu).slot(QemuSlot.ROOT_PORT).start()) {
      assertSame(expected, device);
    }
  }

  private static void assertSame(byte[] expected, QemuDevice device) {
    byte[] actual = new byte[expected.length];
    for (int offset = 0; offset < actual.length; offset += 4) {
      long value = device.configRead(offset, 4);
      for (int i = 0; i < 4; i++) {
        actual[offset + i] = (byte) (value >>> (8 * i));
      }
    }
    assertEquals(rows(expected), rows(actual));
  }

  private static String rows(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; at += 16) {
      text.append(String.format("%03x: ", at))
          .append(HexFormat.ofDelimiter(" ").formatHex(bytes, at, at + 16))
          .append('\n');
    }
    return text.toString();
  }

  private static byte[] recorded(String name, int length) throws IOException {
    byte[] bytes = new byte[length];
    try (InputStream in = ConfigSpaceIT.class.getResourceAsStream(name)) {
      new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(
              line -> {
                byte[] row = HexFormat.ofDelimiter(" ").parseHex(line.substring(5).strip());
                System.arraycopy(row, 0, bytes, Integer.parseInt(line, 0, 3, 16), row.length);
              });
    }
    return bytes;
  }
}

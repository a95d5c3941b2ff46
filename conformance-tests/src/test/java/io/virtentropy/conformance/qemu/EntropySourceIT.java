package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.virtentropy.conformance.dut.Capability;
import io.virtentropy.conformance.dut.EgdUnits;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("QEMU's device")
final class EntropySourceIT {

  static Stream<QemuBinary> qemus() {
    return Qemus.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should ask an EGD for the recorded bytes, and pass on its answer")
  void egd(QemuBinary qemu) {
    int[] sizes = {1, 64, 255, 256, 1000};
    String[] asked = {"0201", "0240", "02ff", "02ff0201", "02ff02ff02ff02eb"};
    try (QemuDevice device = QemuDevice.of(qemu).start()) {
      RingDriver driver = new RingDriver(device).start();
      for (int i = 0; i < sizes.length; i++) {
        long buffer = driver.post(sizes[i]);
        driver.kick();
        device.settle();
        assertEquals(asked[i], HexFormat.of().formatHex(device.egdPeer().takeBytes()));
        assertEquals(i, driver.usedIdx());
        byte[] bytes = numbered(sizes[i]);
        device.supply().deliver(bytes);
        assertEquals(i + 1, driver.usedIdx());
        assertEquals(sizes[i], driver.usedLength(i));
        assertArrayEquals(bytes, device.memoryRead(buffer, sizes[i]));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should settle with ioeventfd on as well, and with a large answer")
  void settles(QemuBinary qemu) {
    try (QemuDevice device = QemuDevice.of(qemu).property("ioeventfd", "on").start()) {
      RingDriver driver = new RingDriver(device).start();
      for (int i = 0; i < 8; i++) {
        long buffer = driver.post(65536);
        driver.kick();
        assertEquals(EgdUnits.of(65536), device.supply().takeRequests(), "request " + i);
        byte[] bytes = numbered(65536);
        device.supply().deliver(bytes);
        assertEquals(i + 1, driver.usedIdx());
        assertArrayEquals(bytes, device.memoryRead(buffer, 65536));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should give the stream of its seed")
  void seed(QemuBinary qemu) {
    try (QemuDevice device = QemuDevice.of(qemu).fedBySeed(1).start()) {
      assertFalse(device.can(Capability.SUPPLY));
      RingDriver driver = new RingDriver(device).start();
      SeededStream stream = SeededStream.afterStart(1);
      int[] sizes = {32, 5, 64, 1, 3000};
      for (int i = 0; i < sizes.length; i++) {
        long buffer = driver.post(sizes[i]);
        driver.kick();
        device.settle();
        assertEquals(i + 1, driver.usedIdx());
        byte[] bytes = device.memoryRead(buffer, sizes[i]);
        assertArrayEquals(stream.next(sizes[i]), bytes, "buffer " + i);
        if (i == 0) {
          assertEquals(SeededStreamTest.SEED_1, HexFormat.of().formatHex(bytes));
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should complete a buffer short when a FIFO holds less than it wants")
  void fifo(QemuBinary qemu) {
    try (QemuDevice device = QemuDevice.of(qemu).fedByFifo().start()) {
      RingDriver driver = new RingDriver(device).start();
      long buffer = driver.post(128);
      driver.kick();
      device.settle();
      assertEquals(0, driver.usedIdx());
      byte[] bytes = numbered(10);
      device.supply().deliver(bytes);
      assertEquals(1, driver.usedIdx());
      assertEquals(10, driver.usedLength(0));
      assertArrayEquals(bytes, device.memoryRead(buffer, 10));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should keep what it was given beyond its request for the next one")
  void surplus(QemuBinary qemu) {
    try (QemuDevice device = QemuDevice.of(qemu).start()) {
      RingDriver driver = new RingDriver(device).start();
      byte[] bytes = numbered(64);
      device.supply().deliver(bytes);
      long buffer = driver.post(16);
      driver.kick();
      assertEquals(List.of(16), device.supply().takeRequests());
      assertEquals(1, driver.usedIdx());
      assertArrayEquals(Arrays.copyOf(bytes, 16), device.memoryRead(buffer, 16));
    }
  }

  private static byte[] numbered(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 7 + i / 251);
    }
    return bytes;
  }
}

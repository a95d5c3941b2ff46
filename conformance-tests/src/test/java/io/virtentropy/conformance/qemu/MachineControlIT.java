package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.dut.Capability;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A machine")
final class MachineControlIT {
  static Stream<QemuBinary> qemus() {
    return Qemus.all().stream();
  }

  @Test
  @DisplayName("should refill a quota at exactly one period after the first look at the queue")
  void refillsAtThePeriod() {
    QemuBinary qemu = Qemus.newest();
    try (QemuDevice device =
        QemuDevice.of(qemu).property("max-bytes", "100").property("period", "1000").start()) {
      assertTrue(device.can(Capability.CLOCK));
      RingDriver driver = new RingDriver(device).start();
      for (int i = 0; i < 3; i++) {
        long unused = driver.post(64);
      }
      driver.kick();
      assertEquals(List.of(100), device.supply().takeRequests());
      device.supply().deliver(new byte[100]);
      assertEquals(2, driver.usedIdx());
      assertEquals(36, driver.usedLength(1));
      device.advanceClock(Duration.ofMillis(999));
      assertEquals(List.of(), device.supply().takeRequests());
      device.advanceClock(Duration.ofMillis(1));
      assertEquals(List.of(64), device.supply().takeRequests());
    }
  }

  @Test
  @DisplayName("should step to its next timer and be set to an instant")
  void clock() {
    try (QemuMachine machine = q35(Qemus.newest()).start()) {
      QtestClient qtest = machine.qtest();
      long first = qtest.clockStep();
      assertTrue(first > 0);
      assertEquals(first + 1000, qtest.clockStep(1000));
      assertEquals(first + 5000, qtest.clockSet(first + 5000));
      assertThrows(QtestException.class, () -> qtest.clockSet(1));
      assertEquals(first + 5000, qtest.clock().getAsLong());
    }
  }

  @Test
  @DisplayName("should say that it has no clock to step under TCG")
  void noClock() {
    try (QemuDevice device = QemuDevice.of(Qemus.newest()).underTcg().start()) {
      assertTrue(!device.can(Capability.CLOCK));
      assertThrows(
          UnsupportedOperationException.class, () -> device.advanceClock(Duration.ofMillis(1)));
      assertThrows(QtestException.class, () -> device.machine().qtest().clockStep(1));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should drop an answer while it is stopped, and ask again when it goes on")
  void stopAndCont(QemuBinary qemu) {
    try (QemuDevice device = QemuDevice.of(qemu).start()) {
      RingDriver driver = new RingDriver(device).start();
      long unused = driver.post(16);
      driver.kick();
      assertEquals(List.of(16), device.supply().takeRequests());
      device.stop();
      assertEquals("paused", device.machine().qmp().status());
      assertEquals(
          List.of("STOP"),
          device.machine().qmp().takeEvents().stream().map(QmpEvent::name).toList());
      device.supply().deliver(new byte[16]);
      assertEquals(0, driver.usedIdx());
      device.cont();
      assertEquals("running", device.machine().qmp().status());
      assertEquals(List.of(16, 16), device.supply().takeRequests());
      device.supply().deliver(new byte[16]);
      assertEquals(1, driver.usedIdx());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should go on although it asks for more than its daemon's socket holds")
  void contWithMuch(QemuBinary qemu) {
    try (QemuDevice device = QemuDevice.of(qemu).start()) {
      RingDriver driver = new RingDriver(device).start();
      device.stop();
      for (int i = 0; i < 2; i++) {
        long unused = driver.post(0x2_0000);
        driver.kick();
      }
      device.cont();
      assertEquals("running", device.machine().qmp().status());
      assertTrue(device.supply().takeRequests().size() >= 0x1_0000 / 255);
      device.systemReset();
      assertEquals("running", device.machine().qmp().status());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should come back from a reset as from power-on, in every slot")
  void systemReset(QemuBinary qemu) {
    for (QemuSlot slot : QemuSlot.values()) {
      try (QemuDevice device = QemuDevice.of(qemu).slot(slot).start()) {
        RingDriver driver = new RingDriver(device).start();
        assertEquals(0xf, driver.read(0x14, 1));
        device.systemReset();
        assertEquals(0, device.configRead(4, 2), slot.name());
        assertEquals(0xff, driver.read(0x14, 1), "nothing is decoded");
        driver.write(0x14, 1, 3);
        RingDriver second = new RingDriver(device).start();
        long unused = second.post(16);
        second.kick();
        assertEquals(List.of(16), device.supply().takeRequests());
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should say why it refuses a QMP command, and go on")
  void qmpError(QemuBinary qemu) {
    try (QemuMachine machine = q35(qemu).start()) {
      QmpException refused =
          assertThrows(QmpException.class, () -> machine.qmp().execute("no-such-thing"));
      assertEquals("CommandNotFound", refused.errorClass());
      assertEquals("running", machine.qmp().status());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should hold memory of any size, written in one piece and read in another")
  void memory(QemuBinary qemu) {
    try (QemuMachine machine = q35(qemu).start()) {
      for (int size : new int[] {0, 1, 2, 64, 65, 1_000_000}) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
          bytes[i] = (byte) (i * 31 + 7);
        }
        machine.qtest().writeBytes(0x20_0001, bytes);
        byte[] back = machine.qtest().readBytes(0x20_0001, size);
        assertEquals(Arrays.hashCode(bytes), Arrays.hashCode(back));
      }
      machine.qtest().fill(0x20_0000, 16, 0xff);
      assertEquals(-1, machine.qtest().read(0x20_0000, 8));
      machine.qtest().write(0x20_0000, 8, 0x8877665544332211L);
      assertEquals(0x44332211, machine.qtest().read(0x20_0000, 4));
      assertEquals(0x8877, machine.qtest().read(0x20_0006, 2));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should take and tell interrupts by their pins")
  void pins(QemuBinary qemu) {
    try (QemuMachine machine = q35(qemu).start()) {
      QtestClient qtest = machine.qtest();
      qtest.interceptIrqsInto("ioapic");
      qtest.ignoreIrq(0);
      qtest.setIrq("ioapic", "unnamed-gpio-in", 21, true);
      qtest.setIrq("ioapic", "unnamed-gpio-in", 21, true);
      assertTrue(qtest.irqLevel(21));
      qtest.setIrq("ioapic", "unnamed-gpio-in", 21, false);
      assertEquals(List.of(new IrqEvent(21, true), new IrqEvent(21, false)), qtest.takeIrqs());
      assertThrows(QtestException.class, () -> qtest.loadModule("accel-", "no-such-thing"));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should never be told what would kill it")
  void arguments(QemuBinary qemu) {
    try (QemuMachine machine = q35(qemu).start()) {
      QtestClient qtest = machine.qtest();
      assertThrows(IllegalArgumentException.class, () -> qtest.in(0x10000, 1));
      assertThrows(IllegalArgumentException.class, () -> qtest.in(0, 8));
      assertThrows(IllegalArgumentException.class, () -> qtest.read(0, 3));
      assertThrows(IllegalArgumentException.class, () -> qtest.readBytes(0, -1));
      assertThrows(IllegalArgumentException.class, () -> qtest.fill(0, 1, 256));
      assertThrows(IllegalArgumentException.class, () -> qtest.interceptIrqsInto("a b"));
      assertThrows(IllegalArgumentException.class, () -> qtest.clockStep(0));
      assertThrows(QtestException.class, () -> qtest.interceptIrqsInto("nowhere"));
      assertEquals(0, qtest.readBytes(0, 0).length);
      assertEquals("little", qtest.endianness());
    }
  }

  private static QemuMachine.Builder q35(QemuBinary qemu) {
    return QemuMachine.of(qemu, qemu.machineType("q35"));
  }
}

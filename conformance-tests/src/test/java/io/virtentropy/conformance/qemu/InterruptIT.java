package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.dut.Interrupt;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("QEMU's device")
final class InterruptIT {
  private static final int MSIX_BAR = 1;
  private static final int REGISTERS = 4;
  private static final int ISR = 0x1000;

  static Stream<QemuBinary> qemus() {
    return Qemus.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should be seen to raise and lower its line in every slot")
  void line(QemuBinary qemu) {
    for (QemuSlot slot : QemuSlot.values()) {
      try (QemuDevice device = QemuDevice.of(qemu).slot(slot).start()) {
        RingDriver driver = new RingDriver(device).start();
        assertEquals(List.of(), device.takeInterrupts(), slot.name());
        complete(device, driver);
        assertEquals(List.of(new Interrupt.Line(true)), device.takeInterrupts(), slot.name());
        assertTrue(device.interruptLine());
        assertEquals(1, device.barRead(REGISTERS, ISR, 1));
        assertEquals(List.of(new Interrupt.Line(false)), device.takeInterrupts(), slot.name());
        assertFalse(device.interruptLine());
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should be seen to send its MSI-X message where the table says")
  void message(QemuBinary qemu) {
    for (QemuSlot slot : QemuSlot.values()) {
      try (QemuDevice device = QemuDevice.of(qemu).slot(slot).start()) {
        RingDriver driver = new RingDriver(device).start();
        int capability = slot == QemuSlot.ROOT_PORT ? 0xdc : 0x98;
        device.configWrite(capability + 2, 2, 0x8000);
        device.barWrite(MSIX_BAR, 0x10, 4, device.messageAddress(3));
        device.barWrite(MSIX_BAR, 0x14, 4, 0);
        device.barWrite(MSIX_BAR, 0x18, 4, 0xcafe0001L);
        device.barWrite(MSIX_BAR, 0x1c, 4, 0);
        driver.write(0x1a, 2, 1);
        complete(device, driver);
        assertEquals(
            List.of(new Interrupt.Message(3, 0xcafe0001)), device.takeInterrupts(), slot.name());
        assertEquals(List.of(), device.takeInterrupts());

        device.barWrite(MSIX_BAR, 0x1c, 4, 1);
        complete(device, driver);
        assertEquals(List.of(), device.takeInterrupts());
        assertEquals(2, device.barRead(MSIX_BAR, 0x800, 4), "pending bits");
        device.barWrite(MSIX_BAR, 0x1c, 4, 0);
        assertEquals(List.of(new Interrupt.Message(3, 0xcafe0001)), device.takeInterrupts());
      }
    }
  }

  private static void complete(QemuDevice device, RingDriver driver) {
    long unused = driver.post(16);
    driver.kick();
    device.settle();
    device.supply().deliver(new byte[16]);
  }
}

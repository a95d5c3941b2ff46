package io.virtentropy.virtio.transport.pci;

import static io.virtentropy.virtio.bench.PciBench.CONFIG_MESSAGE;
import static io.virtentropy.virtio.bench.PciBench.QUEUE_MESSAGE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Interrupts of the device that follows the specification. */
@DisplayName("The interrupts of the PCI function")
class PciInterruptTest {
  private static final int ISR = 0x1000;
  private static final int VECTOR_0_CONTROL = 12;
  private static final int MESSAGE_CONTROL = 0x9a;

  private final GuestMemory memory = QueueBench.ram();
  private final PciBench bench =
      new PciBench(memory, VirtioRngDevice.builder(memory, new CounterBackend(1)));

  private PciBench withMessages() {
    bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
    bench.takeEvents();
    return bench;
  }

  private void breakRing() {
    bench.ring().rawAvailEntry(bench.ring().nextAvail(), 99);
    bench.ring().rawAvailIndex(bench.ring().nextAvail() + 1);
    bench.driver().notifyDevice();
  }

  private long pciStatus() {
    return bench.pci.configRead(PciConfigLayout.STATUS, 2);
  }

  @Test
  @DisplayName("should raise INTA# with used buffers until ISR is read (PCI-ISR-02…06, MIST-27)")
  void intx() {
    bench.bind();
    assertEquals(0x10, pciStatus());
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(List.of("raise"), bench.takeEvents());
    assertTrue(bench.pci.interruptLevel());
    assertEquals(0x18, pciStatus());
    bench.ring().reap();
    bench.ring().expectInterrupt();
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(List.of(), bench.takeEvents(), "a level, not an edge");
    assertEquals(1, bench.driver().readIsr());
    assertEquals(List.of("lower"), bench.takeEvents());
    assertEquals(0, bench.driver().readIsr());
    assertEquals(0x10, pciStatus());
    assertFalse(bench.pci.interruptLevel());
  }

  @Test
  @DisplayName("should clear ISR by a read of any width anywhere in its page (as QEMU, MIST-19)")
  void isrPage() {
    bench.bind();
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(1, bench.pci.barRead(4, ISR + 0xffe, 2));
    assertEquals(0, bench.pci.barRead(4, ISR, 1));
    bench.pci.barWrite(4, ISR, 0xff, 1);
    assertEquals(0, bench.pci.barRead(4, ISR, 1));
  }

  @Test
  @DisplayName(
      "should keep INTA# silent while disabled, and show the pending interrupt (PCI-ISR-04)")
  void intxDisable() {
    bench.bind();
    bench.pci.configWrite(PciConfigLayout.COMMAND, 0x407, 2);
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(List.of(), bench.takeEvents());
    assertEquals(0x18, pciStatus());
    bench.pci.configWrite(PciConfigLayout.COMMAND, 0x007, 2);
    assertEquals(List.of("raise"), bench.takeEvents());
    bench.pci.configWrite(PciConfigLayout.COMMAND, 0x407, 2);
    assertEquals(List.of("lower"), bench.takeEvents());
  }

  @Test
  @DisplayName("should send the queue's message and no INTA# (PCI-ISR-09, MIST-27)")
  void messages() {
    withMessages().request(DeviceBench.buffer(0), 8);
    assertEquals(List.of(QUEUE_MESSAGE), bench.takeEvents());
    assertEquals(0x10, pciStatus());
    assertEquals(0, bench.driver().readIsr());
  }

  @Test
  @DisplayName(
      "should report NEEDS_RESET by message, bit 1 of ISR and generation (BASE-STAT-04, MIST-27)")
  void configuration() {
    withMessages();
    breakRing();
    assertEquals(0x4f, bench.status());
    assertEquals(List.of(CONFIG_MESSAGE), bench.takeEvents());
    assertEquals(1, bench.common(0x15, 1));
    assertEquals(2, bench.driver().readIsr(), "PCI-ISR-01");
    bench.setStatus(0xf);
    assertEquals(0x4f, bench.status(), "BASE-STAT-09");
    bench.setStatus(0);
    assertEquals(0, bench.status());
    assertEquals(1, bench.common(0x15, 1), "the generation goes on");
  }

  @Test
  @DisplayName("should report NEEDS_RESET on INTA# with both bits of ISR (as QEMU)")
  void configurationByLine() {
    bench.bind();
    breakRing();
    assertEquals(List.of("raise"), bench.takeEvents());
    assertEquals(3, bench.driver().readIsr());
    assertEquals(List.of("lower"), bench.takeEvents());
  }

  @Test
  @DisplayName(
      "should send nothing for events without a vector (PCI-ISR-07, -08, PCI-MSIX-05, MIST-28)")
  void noVector() {
    withMessages();
    bench.setCommon(0x1a, 0xffff, 2);
    bench.setCommon(0x10, 0xffff, 2);
    bench.request(DeviceBench.buffer(0), 8);
    breakRing();
    assertEquals(List.of(), bench.takeEvents());
    assertEquals(0x4f, bench.status());
  }

  @Test
  @DisplayName(
      "should map any event to any vector, both to one too (PCI-MSIX-04, -06, -08, -09, MIST-28)")
  void anyVector() {
    withMessages();
    bench.setCommon(0x1a, 1, 2);
    assertEquals(1, bench.common(0x1a, 2));
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(List.of(CONFIG_MESSAGE), bench.takeEvents(), "vector 1, both events");
    bench.setCommon(0x1a, 2, 2);
    assertEquals(0xffff, bench.common(0x1a, 2));
    bench.setCommon(0x10, 0x8000, 2);
    assertEquals(0xffff, bench.common(0x10, 2));
  }

  @Test
  @DisplayName("should hold a masked vector's message until it is unmasked (PCI-MSIX-10, MIST-28)")
  void maskedVector() {
    withMessages();
    bench.pci.barWrite(1, VECTOR_0_CONTROL, 1, 4);
    bench.request(DeviceBench.buffer(0), 8);
    bench.ring().reap();
    bench.ring().expectInterrupt();
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(List.of(), bench.takeEvents());
    assertEquals(1, bench.pci.barRead(1, 0x800, 8));
    bench.pci.barWrite(1, 0x800, 0, 8);
    assertEquals(1, bench.pci.barRead(1, 0x800, 4), "pending bits are read-only");
    bench.pci.barWrite(1, VECTOR_0_CONTROL, 0, 4);
    assertEquals(List.of(QUEUE_MESSAGE), bench.takeEvents());
    assertEquals(0, bench.pci.barRead(1, 0x800, 8));
  }

  @Test
  @DisplayName("should hold all messages under the function mask (PCI-MSIX-10)")
  void functionMask() {
    withMessages();
    bench.pci.configWrite(MESSAGE_CONTROL, 0xc000, 2);
    bench.request(DeviceBench.buffer(0), 8);
    breakRing();
    assertEquals(3, bench.pci.barRead(1, 0x800, 4));
    assertEquals(List.of(), bench.takeEvents());
    bench.pci.configWrite(MESSAGE_CONTROL, 0x8000, 2);
    assertEquals(List.of(QUEUE_MESSAGE, CONFIG_MESSAGE), bench.takeEvents());
  }

  @Test
  @DisplayName("should forget a pending message that is nobody's any more")
  void pendingOfNobody() {
    withMessages();
    bench.pci.barWrite(1, VECTOR_0_CONTROL, 1, 4);
    bench.request(DeviceBench.buffer(0), 8);
    bench.setCommon(0x1a, 1, 2);
    assertEquals(0, bench.pci.barRead(1, 0x800, 4));
    bench.pci.barWrite(1, VECTOR_0_CONTROL, 0, 4);
    assertEquals(List.of(), bench.takeEvents());
  }

  @Test
  @DisplayName("should go between INTA# and MSI-X as it is told (PCI-MSIX-11, MIST-27)")
  void switching() {
    withMessages();
    bench.pci.configWrite(MESSAGE_CONTROL, 0, 2);
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(List.of("raise"), bench.takeEvents());
    bench.pci.configWrite(MESSAGE_CONTROL, 0x8000, 2);
    assertEquals(List.of("lower"), bench.takeEvents());
    bench.ring().reap();
    bench.ring().expectInterrupt();
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(List.of(QUEUE_MESSAGE), bench.takeEvents());
  }

  @Test
  @DisplayName(
      "should keep the table through a device reset, and forget vectors (PCI-MSIX-07, -12)")
  void deviceReset() {
    withMessages();
    bench.pci.barWrite(1, VECTOR_0_CONTROL, 1, 4);
    bench.request(DeviceBench.buffer(0), 8);
    bench.setStatus(0);
    assertEquals(0xffff, bench.common(0x10, 2));
    assertEquals(0xffff, bench.common(0x1a, 2));
    assertEquals(0, bench.pci.barRead(1, 0x800, 4));
    assertEquals(PciBench.MESSAGES, bench.pci.barRead(1, 0, 8));
    assertEquals(0x8001, bench.pci.configRead(MESSAGE_CONTROL, 2));
    bench.pci.barWrite(1, VECTOR_0_CONTROL, 0, 4);
    assertEquals(List.of(), bench.takeEvents(), "BASE-RST-02");
  }

  @Test
  @DisplayName("should lower INTA# with a reset of the device (BASE-RST-02)")
  void resetLowers() {
    bench.bind();
    bench.request(DeviceBench.buffer(0), 8);
    bench.takeEvents();
    bench.setStatus(0);
    assertEquals(List.of("lower"), bench.takeEvents());
    assertEquals(0, bench.driver().readIsr());
  }

  @Test
  @DisplayName("should take the table in words of 32 and 64 bits, and store them whole (MIST-28)")
  void tableAccess() {
    assertEquals(1, bench.pci.barRead(1, 12, 4), "masked");
    assertEquals(1, bench.pci.barRead(1, 28, 4));
    bench.pci.barWrite(1, 16, 0x1122_3344_fee0_0003L, 8);
    bench.pci.barWrite(1, 24, 0xffff_fffe_1234_5678L, 8);
    assertEquals(0x1122_3344_fee0_0003L, bench.pci.barRead(1, 16, 8));
    assertEquals(0xffff_fffeL, bench.pci.barRead(1, 28, 4));
    bench.pci.barWrite(1, 16, 0, 1);
    bench.pci.barWrite(1, 16, 0, 2);
    bench.pci.barWrite(1, 17, 0, 4);
    assertEquals(0xfee0_0003L, bench.pci.barRead(1, 16, 4));
    assertEquals(0, bench.pci.barRead(1, 16, 2));
    assertEquals(0, bench.pci.barRead(1, 0x20, 4));
    assertEquals(0, bench.pci.barRead(1, 0x7fc, 4));
    assertEquals(0, bench.pci.barRead(1, 0x808, 4));
  }

  @Test
  @DisplayName("should let its receiver read ISR and kick at once (MIST-59)")
  void reentrant() {
    bench.bind();
    bench.ring().suppressInterrupts();
    bench.ring().expectInterrupt();
    int[] nested = {0};
    bench.onInterrupt =
        () -> {
          if (bench.pci.interruptLevel() && nested[0]++ == 0) {
            assertEquals(1, bench.driver().readIsr());
            assertTrue(bench.ring().reap());
            bench.ring().expectInterrupt();
            bench.request(DeviceBench.buffer(1), 16);
          }
        };
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(List.of("raise", "lower", "raise"), bench.takeEvents());
    assertEquals(1, nested[0] - 1);
    assertTrue(bench.ring().reap());
    assertEquals(16, bench.ring().reapedLength());
  }
}

package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.bench.PciBench;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The rows of docs/qemu-differences.md on the PCI function, its interrupts and its machine, one
 * test each, in its order.
 */
@DisplayName("Differences from QEMU on PCI:")
class QemuPciDifferencesTest extends TwoDevices {
  // ---- PCI

  @Test
  @DisplayName("the bus master bit taken away")
  void busMaster() {
    expect(
        0xf,
        0xb,
        bench -> {
          bench.bind();
          bench.pci.configWrite(4, 3, 2);
          bench.pci.configWrite(4, 7, 2);
          return bench.status();
        });
  }

  @Test
  @DisplayName("the bus master bit never set")
  void neverBusMaster() {
    expect(
        0,
        1,
        bench -> {
          bench.bind();
          bench.pci.reset();
          negotiate(bench, VirtioFeature.VERSION_1);
          bench.setCommon(0x20, bench.ring().descriptorTable(), 8);
          bench.setCommon(0x28, bench.ring().availRing(), 8);
          bench.setCommon(0x30, bench.ring().usedRing(), 8);
          bench.setCommon(0x1c, 1, 2);
          bench.setStatus(0xf);
          bench.request(buffer(0), 8);
          return source(bench).waiting();
        });
  }

  /** Has a request served whose message is masked, and so pending. */
  private void serveWhileMasked(PciBench bench) {
    bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
    bench.pci.barWrite(1, 12, 1, 4);
    bench.request(buffer(0), 8);
    answerAll(bench, source(bench));
  }

  @Test
  @DisplayName("a vector given to its event again")
  void sameVector() {
    expect(
        1,
        0,
        bench -> {
          serveWhileMasked(bench);
          bench.setCommon(0x1a, 0, 2);
          return (int) bench.pci.barRead(1, 0x800, 4);
        });
  }

  @Test
  @DisplayName("messages without the bus master bit")
  void messagesWithoutMaster() {
    expect(
        1,
        0,
        bench -> {
          serveWhileMasked(bench);
          bench.pci.configWrite(4, 3, 2);
          bench.pci.barWrite(1, 12, 0, 4);
          assertEquals(List.of(), bench.takeEvents());
          bench.pci.configWrite(4, 7, 2);
          return bench.takeEvents().size();
        });
  }

  private void switchMsixOff(PciBench bench) {
    bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
    bench.ring().rawAvailIndex(99);
    bench.driver().notifyDevice();
    bench.takeEvents();
    bench.pci.configWrite(0x9a, 0, 2);
  }

  @Test
  @DisplayName("the ISR status with MSI-X")
  void isrWithMessages() {
    expect(
        0,
        1,
        bench -> {
          bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
          bench.request(buffer(0), 8);
          answerAll(bench, source(bench));
          return bench.driver().readIsr();
        });
  }

  @Test
  @DisplayName("INTA# after MSI-X is switched off")
  void intxAfterMsix() {
    switchMsixOff(strict);
    assertEquals(List.of("raise"), strict.takeEvents());
    switchMsixOff(qemu);
    assertEquals(List.of(), qemu.takeEvents());
  }

  @Test
  @DisplayName("the access capability")
  void accessCapability() {
    expect(
        0,
        1,
        bench -> {
          bench.pci.configWrite(0x88, 3, 1);
          bench.pci.configWrite(0x8c, 0x13, 4);
          bench.pci.configWrite(0x90, 2, 4);
          return (int) bench.pci.configRead(0x94, 4);
        });
  }

  // ---- interrupts

  private int interruptsForTwoKicks(PciBench bench) {
    bench.bind(PciBench.setup().accepting(VirtioFeature.VERSION_1));
    bench.request(buffer(0), 8);
    bench.driver().notifyDevice();
    answerAll(bench, source(bench));
    bench.driver().readIsr();
    return (int) bench.events.stream().filter("raise"::equals).count();
  }

  @Test
  @DisplayName("an answer that returned nothing")
  void emptyAnswer() {
    assertEquals(1, interruptsForTwoKicks(strict));
    qemu.bind(PciBench.setup().accepting(VirtioFeature.VERSION_1));
    qemu.request(buffer(0), 8);
    qemu.driver().notifyDevice();
    qemuSource.complete();
    qemu.pci.poll();
    qemu.driver().readIsr();
    qemu.takeEvents();
    qemuSource.complete();
    qemu.pci.poll();
    assertEquals(List.of("raise"), qemu.takeEvents());
  }

  @Test
  @DisplayName("the first interrupt with the event index")
  void firstInterrupt() {
    expect(
        0,
        1,
        bench -> {
          bench.bind();
          bench.ring().rawUsedEvent(500);
          bench.request(buffer(0), 8);
          answerAll(bench, source(bench));
          return bench.takeEvents().size();
        });
  }

  @Test
  @DisplayName("NOTIFY_ON_EMPTY")
  void notifyOnEmpty() {
    negotiate(strict, VirtioFeature.VERSION_1 | VirtioFeature.NOTIFY_ON_EMPTY);
    assertEquals(3, strict.status());
    qemu.bind(PciBench.setup().accepting(VirtioFeature.VERSION_1));
    qemu.setStatus(3);
    qemu.setCommon(8, 0, 4);
    qemu.setCommon(0xc, VirtioFeature.NOTIFY_ON_EMPTY, 4);
    qemu.setStatus(0xf);
    qemu.ring().suppressInterrupts();
    qemu.request(buffer(0), 8);
    answerAll(qemu, qemuSource);
    assertEquals(List.of("raise"), qemu.takeEvents());
  }

  // ---- the machine

  @Test
  @DisplayName("a stopped machine")
  void stoppedMachine() {
    expect(
        0,
        1,
        bench -> {
          bench.bind();
          bench.pci.setRunning(false);
          bench.request(buffer(0), 8);
          return source(bench).waiting();
        });
    qemuSource.complete();
    qemu.pci.poll();
    assertEquals(0, qemu.ring().usedIndex());
    strict.bind();
    strict.request(buffer(0), 8);
    strict.pci.setRunning(false);
    strict.pci.setRunning(true);
    answerAll(strict, strictSource);
    assertTrue(strict.ring().reap());
  }
}

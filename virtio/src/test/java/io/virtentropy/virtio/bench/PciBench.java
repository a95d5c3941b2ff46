package io.virtentropy.virtio.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.driver.PciAccess;
import io.virtentropy.virtio.driver.PciRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.transport.pci.CommonConfigLayout;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import io.virtentropy.virtio.transport.pci.PciIdentity;
import io.virtentropy.virtio.transport.pci.PciInterrupts;
import io.virtentropy.virtio.transport.pci.PciTransport;
import java.util.ArrayList;
import java.util.List;

/** A device on PCI, its guest's driver, and notes of its interrupts. */
public final class PciBench implements PciInterrupts {
  /** Where the driver sends MSI-X messages. */
  public static final long MESSAGES = 0xfee0_1000L;

  /** What an interrupt looks like in {@link #events}. */
  public static final String QUEUE_MESSAGE = "message fee01000=4041";

  /** The message of the other vector. */
  public static final String CONFIG_MESSAGE = "message fee01000=4042";

  /** Guest memory. */
  public final GuestMemory memory;

  /** The function. */
  public final PciTransport pci;

  /** What the interrupt sink was told, in order. */
  public final List<String> events = new ArrayList<>();

  /** Runs inside the sink, if set. */
  public Runnable onInterrupt = () -> {};

  private PciRngDriver driver;

  /** A conventional transitional function with 2 vectors. */
  public PciBench(GuestMemory memory, RngDevice.Maker device) {
    this(memory, device, PciIdentity.TRANSITIONAL, false, 2);
  }

  /** Any function. */
  public PciBench(
      GuestMemory memory,
      RngDevice.Maker device,
      PciIdentity identity,
      boolean express,
      int vectors) {
    this.memory = memory;
    this.pci =
        PciTransport.builder(device, this)
            .identity(identity)
            .express(express)
            .vectors(vectors)
            .build();
  }

  @Override
  public void intx(boolean asserted) {
    events.add(asserted ? "raise" : "lower");
    onInterrupt.run();
  }

  @Override
  public void message(long address, int data) {
    events.add("message " + Long.toHexString(address) + "=" + Integer.toHexString(data));
    onInterrupt.run();
  }

  /** What has happened since the last call. */
  public List<String> takeEvents() {
    List<String> taken = List.copyOf(events);
    events.clear();
    return taken;
  }

  /** The driver's choices: ring at the usual place, INTA#. */
  public static PciRngDriver.Setup setup() {
    return PciRngDriver.Setup.at(QueueBench.RING, 8);
  }

  /** Binds a modern driver that uses INTA#. */
  public PciBench bind() {
    return bind(setup());
  }

  /** Binds a modern driver. */
  public PciBench bind(PciRngDriver.Setup setup) {
    driver = PciRngDriver.bindModern(memory, PciAccess.of(pci), setup);
    return this;
  }

  /** Binds a legacy driver. */
  public PciBench bindLegacy(PciRngDriver.Setup setup) {
    driver = PciRngDriver.bindLegacy(memory, PciAccess.of(pci), setup);
    return this;
  }

  /** The driver that was bound. */
  public PciRngDriver driver() {
    return driver;
  }

  /** The driver's side of the ring. */
  public SplitRingDriver ring() {
    return driver.ring();
  }

  /** Posts one writable buffer and notifies, asked for or not. */
  public int request(long address, int length) {
    int head = ring().post(address, length);
    notifyDevice();
    return head;
  }

  /** Publishes what was posted and notifies, asked for or not. */
  public void notifyDevice() {
    ring().publish();
    driver.notifyDevice();
  }

  /** Asserts that the next used buffer is this one with so many bytes. */
  public void expectUsed(int head, int length) {
    assertEquals(true, ring().reap(), "a used buffer");
    assertEquals(head, ring().reapedHead(), "head");
    assertEquals(length, ring().reapedLength(), "used length");
  }

  /** Reads the common configuration, where every function has it. */
  public long common(int register, int size) {
    return pci.barRead(PciConfigLayout.MODERN_BAR, register, size);
  }

  /** Writes the common configuration. */
  public void setCommon(int register, long value, int size) {
    pci.barWrite(PciConfigLayout.MODERN_BAR, register, value, size);
  }

  /** Reads the device status. */
  public int status() {
    return (int) common(CommonConfigLayout.DEVICE_STATUS, 1);
  }

  /** Writes the device status. */
  public void setStatus(int value) {
    setCommon(CommonConfigLayout.DEVICE_STATUS, value, 1);
  }

  /** Reads the legacy header. */
  public long header(int register, int size) {
    return pci.barRead(PciConfigLayout.LEGACY_BAR, register, size);
  }

  /** Writes the legacy header. */
  public void setHeader(int register, long value, int size) {
    pci.barWrite(PciConfigLayout.LEGACY_BAR, register, value, size);
  }

  /** Sets the command register to I/O, memory and bus master. */
  public void enableBusMaster() {
    pci.configWrite(PciConfigLayout.COMMAND, 7, 2);
  }
}

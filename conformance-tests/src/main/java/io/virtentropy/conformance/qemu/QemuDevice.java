package io.virtentropy.conformance.qemu;

import io.virtentropy.conformance.dut.BarWindow;
import io.virtentropy.conformance.dut.Capability;
import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.dut.EntropySupply;
import io.virtentropy.conformance.dut.Interrupt;
import io.virtentropy.conformance.dut.MemoryRange;
import io.virtentropy.conformance.dut.PcLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * QEMU's {@code virtio-rng-pci} as a device under test, in a machine of its own.
 *
 * <pre>{@code
 * try (QemuDevice device =
 *     QemuDevice.of(qemu).slot(QemuSlot.ROOT_PORT).property("max-bytes", "100").start()) {
 *   PciFirmware.bringUp(device);
 *   long queueSize = device.barRead(4, 0x18, 2);
 * }
 * }</pre>
 *
 * <p>Its clock is QEMU's virtual one, which stands still under the qtest accelerator and is the
 * wall's otherwise. Interrupts come from the I/O APIC's intercepted pin; MSI-X messages are found
 * as what they are, stores to memory. Bytes that cost QEMU several turns of its main loop are
 * waited for by {@link #settle()} and by the calls that say so.
 */
public final class QemuDevice implements DeviceUnderTest {
  private static final int CONVENTIONAL_CONFIG = 0x100;
  private static final int EXTENDED_CONFIG = 0x1000;

  /** Of the power management capability of a PCI Express function. */
  private static final int POWER_CONTROL = 0x80;

  private final QemuMachine machine;
  private final QtestClient qtest;
  private final WorkFolder folder;
  private final QemuSupply source;
  private final EntropySupply supply;
  private final PciConfigSpace config;
  private final PcPlatform platform;
  private final QemuBars bars;
  private final boolean clockStands;
  private final boolean extended;

  /** Nothing that takes QEMU another turn was done since it had its turns. */
  private boolean settled;

  private QemuDevice(Builder builder, WorkFolder folder, QemuSupply source, QemuMachine machine) {
    this.machine = machine;
    this.qtest = machine.qtest();
    this.folder = folder;
    this.source = source;
    this.supply = source.of(machine, this::settle);
    this.config = new PciConfigSpace(qtest);
    this.platform = new PcPlatform(builder.slot, config);
    this.clockStands = qtest.clock().isPresent();
    this.extended = builder.slot == QemuSlot.ROOT_PORT;
    qtest.interceptIrqsInto("ioapic");
    qtest.ignoreIrq(0);
    platform.setUp();
    this.bars = new QemuBars(config, platform.device(), PcLayout.WINDOW, powerState(builder));
  }

  /** Since 10.0 a PCI Express function decodes BARs in D0 alone. */
  private static int powerState(Builder builder) {
    boolean sleeps =
        builder.slot == QemuSlot.ROOT_PORT && builder.binary.version().isAtLeast(10, 0);
    return sleeps ? POWER_CONTROL : 0;
  }

  /**
   * Begins to describe a device.
   *
   * @param binary the QEMU to run it
   * @return a {@code virtio-rng-pci} on q35's root bus with {@code ioeventfd=off}, fed by an {@link
   *     EgdPeer}
   */
  public static Builder of(QemuBinary binary) {
    return new Builder(binary);
  }

  /** What the device is and where it sits. */
  public static final class Builder {
    /** Makes the source in the folder, before QEMU starts. */
    @FunctionalInterface
    private interface SourceMaker {
      QemuSupply make(WorkFolder folder) throws IOException;
    }

    private final QemuBinary binary;
    private final List<String> properties = new ArrayList<>(List.of("ioeventfd=off"));
    private final List<String> arguments = new ArrayList<>();
    private String type = "virtio-rng-pci";
    private QemuSlot slot = QemuSlot.Q35;
    private String machineType;
    private boolean tcg;
    private SourceMaker source = QemuSupply.Egd::new;

    private Builder(QemuBinary binary) {
      this.binary = Objects.requireNonNull(binary, "binary");
    }

    /**
     * Sets the device's type.
     *
     * @param name such as {@code virtio-rng-pci-transitional}
     * @return this
     */
    public Builder type(String name) {
      this.type = Objects.requireNonNull(name, "name");
      return this;
    }

    /**
     * Sets where the device sits.
     *
     * @param place its slot
     * @return this
     */
    public Builder slot(QemuSlot place) {
      this.slot = Objects.requireNonNull(place, "place");
      return this;
    }

    /**
     * Sets the machine type, instead of the one of QEMU's own release.
     *
     * @param name in full, of the slot's chipset, such as {@code pc-q35-7.2}
     * @return this
     */
    public Builder machineType(String name) {
      this.machineType = Objects.requireNonNull(name, "name");
      return this;
    }

    /**
     * Sets a property of the device, such as {@code max-bytes}, {@code period}, {@code packed},
     * {@code event_idx}, {@code disable-legacy} or {@code ioeventfd}.
     *
     * @param name the property
     * @param value as QEMU takes it
     * @return this
     */
    public Builder property(String name, String value) {
      properties.add(name + "=" + value);
      return this;
    }

    /**
     * Adds words to QEMU's command line, such as a trace.
     *
     * @param words options and their values
     * @return this
     */
    public Builder arguments(String... words) {
      arguments.addAll(List.of(words));
      return this;
    }

    /**
     * Uses the wall's clock even where the QEMU could do without.
     *
     * @return this
     */
    public Builder underTcg() {
      this.tcg = true;
      return this;
    }

    /**
     * Feeds the device from a FIFO instead of a daemon, for short reads.
     *
     * @return this
     */
    public Builder fedByFifo() {
      this.source = QemuSupply.Fifo::new;
      return this;
    }

    /**
     * Feeds the device from QEMU's own generator, whose bytes are those of {@link SeededStream}.
     *
     * @param seed any
     * @return this
     */
    public Builder fedBySeed(long seed) {
      this.source = folder -> new QemuSupply.Seeded(seed);
      return this;
    }

    /**
     * Feeds the device from whatever these words make the object {@code rng}; the suite has no hand
     * in it.
     *
     * @param words options and their values, for QEMU's command line
     * @return this
     */
    public Builder fedBy(String... words) {
      this.source = folder -> new QemuSupply.Others(words);
      return this;
    }

    /**
     * Starts the machine.
     *
     * @return the device as it is at power-on
     * @throws QemuStartException if QEMU refuses it, with its reason
     */
    public QemuDevice start() {
      List<AutoCloseable> made = new ArrayList<>();
      try {
        WorkFolder folder = WorkFolder.make();
        made.add(folder);
        QemuSupply supply = source.make(folder);
        made.add(supply);
        QemuMachine machine = describe(supply).start();
        made.add(machine);
        return new QemuDevice(this, folder, supply, machine);
      } catch (IOException e) {
        closeAll(e, made);
        throw new QemuStartException("cannot make the device's source: " + e.getMessage(), e);
      } catch (RuntimeException | Error e) {
        closeAll(e, made);
        throw e;
      }
    }

    private QemuMachine.Builder describe(QemuSupply supply) {
      String name = machineType != null ? machineType : binary.machineType(slot.chipset());
      QemuMachine.Builder machine = QemuMachine.of(binary, name).memoryMib(PcLayout.MEMORY_MIB);
      if (tcg) {
        machine.underTcg();
      }
      supply.plug(machine);
      PcPlatform.plug(machine, slot, type + ",rng=rng," + String.join(",", properties));
      return machine.arguments(arguments.toArray(String[]::new));
    }
  }

  /**
   * The machine, for what only QEMU can be asked.
   *
   * @return the same for the life of the device; closed with it
   */
  public QemuMachine machine() {
    return machine;
  }

  /**
   * The daemon that feeds the device.
   *
   * @return its peer
   * @throws UnsupportedOperationException if something else feeds it
   */
  public EgdPeer egdPeer() {
    if (source instanceof QemuSupply.Egd egd) {
      return egd.peer();
    }
    throw new UnsupportedOperationException("this device is not fed by an EGD");
  }

  @Override
  public boolean can(Capability capability) {
    return switch (capability) {
      case CLOCK -> clockStands;
      case SUPPLY -> supply != null;
      case REQUESTS -> source.showsRequests();
      case EXTENDED_CONFIG -> extended;
    };
  }

  @Override
  public long configRead(int offset, int size) {
    stir();
    checkConfig(offset);
    return config.read(platform.device(), offset, size);
  }

  @Override
  public void configWrite(int offset, int size, long value) {
    stir();
    checkConfig(offset);
    config.write(platform.device(), offset, size, value);
    bars.written();
  }

  private void checkConfig(int offset) {
    int length = extended ? EXTENDED_CONFIG : CONVENTIONAL_CONFIG;
    if (offset < 0 || offset >= length) {
      throw new IllegalArgumentException(
          "configuration offset " + offset + "; this device has " + length + " bytes");
    }
  }

  @Override
  public long barRead(int bar, long offset, int size) {
    stir();
    long address = bars.address(bar, offset, size);
    if (address == QemuBars.NOWHERE) {
      return size == Long.BYTES ? -1 : (1L << (8 * size)) - 1;
    }
    return bars.isPorts(bar) ? qtest.in((int) address, size) : qtest.read(address, size);
  }

  @Override
  public void barWrite(int bar, long offset, int size, long value) {
    stir();
    long address = bars.address(bar, offset, size);
    if (address == QemuBars.NOWHERE) {
      return;
    }
    if (bars.isPorts(bar)) {
      qtest.out((int) address, size, value);
    } else {
      qtest.write(address, size, value);
    }
  }

  @Override
  public BarWindow window() {
    return PcLayout.WINDOW;
  }

  @Override
  public MemoryRange memory() {
    return PcLayout.MEMORY;
  }

  @Override
  public byte[] memoryRead(long address, int length) {
    PcLayout.MEMORY.check(address, length);
    return qtest.readBytes(address, length);
  }

  @Override
  public void memoryWrite(long address, byte[] bytes) {
    PcLayout.MEMORY.check(address, bytes.length);
    qtest.writeBytes(address, bytes);
  }

  @Override
  public void memoryFill(long address, int length, int value) {
    PcLayout.MEMORY.check(address, length);
    qtest.fill(address, length, value);
  }

  @Override
  public long messageAddress(int number) {
    return PcLayout.messageAddress(number);
  }

  @Override
  public List<Interrupt> takeInterrupts() {
    settle();
    List<Interrupt> taken = new ArrayList<>();
    for (IrqEvent irq : qtest.takeIrqs()) {
      if (irq.pin() == platform.interruptPin()) {
        taken.add(new Interrupt.Line(irq.raised()));
      }
    }
    ByteBuffer messages =
        ByteBuffer.wrap(qtest.readBytes(messageAddress(0), PcLayout.MESSAGES * Integer.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int number = 0; number < PcLayout.MESSAGES; number++) {
      int data = messages.getInt(number * Integer.BYTES);
      if (data != 0) {
        taken.add(new Interrupt.Message(number, data));
        qtest.write(messageAddress(number), Integer.BYTES, 0);
      }
    }
    return taken;
  }

  @Override
  public boolean interruptLine() {
    settle();
    return qtest.irqLevel(platform.interruptPin());
  }

  @Override
  public EntropySupply supply() {
    if (supply == null) {
      throw new UnsupportedOperationException(
          "this device is fed by QEMU's own generator, or by others");
    }
    return supply;
  }

  @Override
  public void settle() {
    if (!settled) {
      qtest.turns(QemuSupply.TURNS);
      settled = true;
    }
  }

  private void stir() {
    settled = false;
  }

  @Override
  public void advanceClock(Duration time) {
    if (!clockStands) {
      throw new UnsupportedOperationException("this QEMU has no clock that can be stepped");
    }
    stir();
    long unused = qtest.clockStep(time.toNanos());
    settle();
  }

  @Override
  public void stop() {
    stir();
    machine.qmp().stop();
  }

  @Override
  public void cont() {
    stir();
    machine.qmp().cont();
    settle();
  }

  @Override
  public void systemReset() {
    stir();
    machine.qmp().systemReset();
    settle();
    platform.setUp();
    bars.written();
    qtest.fill(messageAddress(0), PcLayout.MESSAGES * Integer.BYTES, 0);
    List<IrqEvent> unused = qtest.takeIrqs();
  }

  @Override
  public void close() {
    machine.close();
    closeAll(null, List.of(folder, source));
  }

  /** In reverse, as they were made. */
  private static void closeAll(Throwable reason, List<? extends AutoCloseable> made) {
    for (int i = made.size() - 1; i >= 0; i--) {
      try {
        made.get(i).close();
      } catch (Exception e) {
        if (reason != null) {
          reason.addSuppressed(e);
        }
      }
    }
  }
}

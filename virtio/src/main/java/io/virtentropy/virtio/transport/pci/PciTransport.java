package io.virtentropy.virtio.transport.pci;

import static io.virtentropy.virtio.transport.pci.PciConfigLayout.LEGACY_BAR;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.MSIX_BAR;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.NOTIFY_MULTIPLIER;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.STRUCTURE_BYTES;

import io.virtentropy.virtio.device.DeviceCounters;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.RngDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * The entropy device as a PCI function (virtio 1.3 §4.1).
 *
 * <p>An emulator puts it on its bus and passes on four kinds of access: to the configuration space,
 * and to the BARs once it has found out from {@link #barAddress} which addresses they decode.
 *
 * <pre>{@code
 * PciTransport rng =
 *     PciTransport.builder(VirtioRngDevice.builder(memory, BuiltinBackend.open()), interrupts)
 *         .identity(PciIdentity.TRANSITIONAL)
 *         .build();
 * // in the emulator's bus:
 * rng.configWrite(register, value, size); // then look at barAddress again
 * long value = rng.barRead(4, address - rng.barAddress(4), size);
 * // now and then, and when nanosUntilDue() has passed:
 * rng.poll();
 * }</pre>
 *
 * <p><b>Accesses.</b> Those of the configuration space take any offset and width. Those of a BAR
 * are cut into naturally aligned pieces of at most 32 bits, from the lowest address on, and each
 * piece meets the register that begins exactly there; how the registers answer is said at {@link
 * CommonConfigLayout}, {@link LegacyHeaderLayout} and in {@code docs/qemu-differences.md}. It is
 * QEMU's way of decoding, with either device. Values may be sign-extended. What is not there reads
 * all ones. Nothing a guest does throws.
 *
 * <p><b>Threads.</b> One thread at a time, not always the same one; the embedder's lock is enough.
 * There is none inside, and the state is consistent when {@link PciInterrupts} are called, so that
 * they may call back at once.
 */
public final class PciTransport implements AccessWindow.Bars, AutoCloseable {
  /** The number of MSI-X vectors unless another is chosen: one for each kind of event. */
  public static final int DEFAULT_VECTORS = 2;

  private static final int ISR_PAGE = PciConfigLayout.ISR_OFFSET / STRUCTURE_BYTES;
  private static final int NOTIFY_PAGE = PciConfigLayout.NOTIFY_OFFSET / STRUCTURE_BYTES;

  private final RngDevice device;
  private final ConfigSpace config;
  private final MsixTable msix;
  private final InterruptState interrupts;
  private final CommonConfig common;
  private final LegacyHeader legacy;
  private final AccessWindow access;
  private final PciIdentity identity;

  private PciTransport(Builder builder) {
    identity = builder.identity;
    InterruptRelay relay = new InterruptRelay();
    device = builder.device.build(relay);
    QemuVersion qemu = device.imitatedVersion();
    boolean extendedTags = qemu != null && qemu.extendedTags();
    config =
        new ConfigSpace(
            identity,
            builder.express,
            extendedTags,
            qemu == null || qemu.decodesNothingAsleep(),
            builder.vectors);
    msix = new MsixTable(builder.vectors, builder.interrupts, qemu == null);
    interrupts =
        new InterruptState(
            config,
            msix,
            builder.interrupts,
            qemu != null,
            qemu != null ? CommonConfig.QEMU_QUEUES : 1);
    relay.target = interrupts;
    common = new CommonConfig(device, interrupts, this::forgetRegisters);
    legacy =
        new LegacyHeader(device, common, interrupts, this::forgetRegisters, this::becomeBusMaster);
    access = new AccessWindow(this, config, qemu != null);
    device.restoreBusMaster(false);
  }

  /**
   * Begins a function.
   *
   * @param device what it is made of: the builder of either kind of device
   * @param interrupts where its interrupts go
   * @return a builder with defaults for everything else
   */
  public static Builder builder(RngDevice.Maker device, PciInterrupts interrupts) {
    return new Builder(device, interrupts);
  }

  /** Collects what a function is made of. */
  public static final class Builder {
    private final RngDevice.Maker device;
    private final PciInterrupts interrupts;
    private PciIdentity identity = PciIdentity.TRANSITIONAL;
    private boolean express;
    private int vectors = DEFAULT_VECTORS;

    private Builder(RngDevice.Maker device, PciInterrupts interrupts) {
      this.device = Objects.requireNonNull(device, "device");
      this.interrupts = Objects.requireNonNull(interrupts, "interrupts");
    }

    /**
     * Chooses which drivers can be served; {@link PciIdentity#TRANSITIONAL} unless given.
     *
     * @param value the identity
     * @return this
     */
    public Builder identity(PciIdentity value) {
      identity = Objects.requireNonNull(value, "identity");
      return this;
    }

    /**
     * Chooses between a conventional function, with 256 bytes of configuration space, and one
     * behind a PCI Express port, with 4096 and two more capabilities; conventional unless given.
     *
     * @param value true for PCI Express; not with {@link PciIdentity#LEGACY}
     * @return this
     */
    public Builder express(boolean value) {
      express = value;
      return this;
    }

    /**
     * Chooses the number of MSI-X vectors; {@link #DEFAULT_VECTORS} unless given.
     *
     * @param value 0 to 2048; with 0 there is no MSI-X
     * @return this
     */
    public Builder vectors(int value) {
      vectors = value;
      return this;
    }

    /**
     * Makes the function and its device.
     *
     * @return the function, in the state of power-on
     * @throws IllegalArgumentException if what was chosen doesn't fit together
     */
    public PciTransport build() {
      if (vectors < 0 || vectors > MsixTable.MAX_VECTORS) {
        throw new IllegalArgumentException(
            vectors + " vectors; 0 to " + MsixTable.MAX_VECTORS + " is accepted");
      }
      if (express && !identity.hasModern()) {
        throw new IllegalArgumentException(
            identity + " as a PCI Express function; a modern interface is needed");
      }
      return new PciTransport(this);
    }
  }

  // ---- the configuration space

  /**
   * The size of the configuration space.
   *
   * @return 256 or 4096 bytes
   */
  public int configLength() {
    return config.length();
  }

  /**
   * Reads the configuration space.
   *
   * @param offset from its begin, any value
   * @param size 1, 2, 4 or 8 bytes
   * @return the bytes, little-endian, zero-extended; all ones behind the end
   */
  public long configRead(int offset, int size) {
    if (offset < 0 || !isAccessSize(size)) {
      return cut(-1, size);
    }
    if (config.coversAccessData(offset, size)) {
      access.beforeRead();
    }
    return config.read(offset, size);
  }

  /**
   * Writes the configuration space, and does what follows from it: BARs move, interrupts are
   * masked, memory can be reached.
   *
   * @param offset from its begin, any value
   * @param value the bytes, little-endian; those beyond {@code size} mean nothing
   * @param size 1, 2, 4 or 8 bytes
   */
  public void configWrite(int offset, long value, int size) {
    if (offset < 0 || !isAccessSize(size)) {
      return;
    }
    config.write(offset, value, size);
    if (config.asksForReset(offset, value, size)) {
      reset();
      return;
    }
    boolean msixControl = config.coversMsixControl(offset, size);
    boolean command = config.coversCommand(offset, size);
    if (msixControl || config.coversHeader(offset)) {
      interrupts.configured(msixControl);
    }
    if (command) {
      device.setBusMaster(config.commandHas(PciConfigLayout.COMMAND_MASTER));
    }
    if (config.coversAccessData(offset, size)) {
      access.afterWrite();
    }
  }

  private void becomeBusMaster() {
    config.setBusMaster();
    interrupts.configured(false);
    device.setBusMaster(true);
  }

  // ---- the BARs

  /**
   * How much address space a BAR decodes.
   *
   * @param bar 0 to 5
   * @return bytes, a power of 2; 0 if there is no such BAR
   */
  public long barLength(int bar) {
    return bar >= 0 && bar < PciConfigLayout.BARS ? config.barSize(bar) : 0;
  }

  /**
   * Says whether a BAR is in I/O space.
   *
   * @param bar 0 to 5
   * @return true for the legacy header's; others are in memory space
   */
  public boolean isIoBar(int bar) {
    return bar == LEGACY_BAR && identity.hasLegacy();
  }

  /**
   * Where a BAR is decoded at present. Changes only within {@link #configWrite}, {@link #reset} and
   * {@link #restore}.
   *
   * @param bar 0 to 5
   * @return the address, unsigned; -1 if it is not decoded: there is none, the command register
   *     doesn't allow it, or it holds no address
   */
  public long barAddress(int bar) {
    return bar >= 0 && bar < PciConfigLayout.BARS ? config.barAddress(bar) : -1;
  }

  /**
   * Reads registers, whether or not the BAR is decoded.
   *
   * @param bar 0 to 5
   * @param offset from the begin of the BAR, any value
   * @param size 1, 2, 4 or 8 bytes
   * @return the bytes, little-endian, zero-extended
   */
  @Override
  public long barRead(int bar, long offset, int size) {
    if (!isAccessSize(size)) {
      return -1;
    }
    long length = barLength(bar);
    long value = 0;
    for (int done = 0; done < size; ) {
      long at = offset + done;
      int piece = pieceSize(at, size - done);
      int read = at >= 0 && at < length ? readPiece(bar, (int) at, piece) : -1;
      value |= cut(read, piece) << (8 * done);
      done += piece;
    }
    return value;
  }

  /**
   * Writes registers, whether or not the BAR is decoded.
   *
   * @param bar 0 to 5
   * @param offset from the begin of the BAR, any value
   * @param value the bytes, little-endian; those beyond {@code size} mean nothing
   * @param size 1, 2, 4 or 8 bytes
   */
  @Override
  public void barWrite(int bar, long offset, long value, int size) {
    if (!isAccessSize(size)) {
      return;
    }
    long length = barLength(bar);
    for (int done = 0; done < size; ) {
      long at = offset + done;
      int piece = pieceSize(at, size - done);
      if (at >= 0 && at < length) {
        writePiece(bar, (int) at, (int) cut(value >>> (8 * done), piece), piece);
      }
      done += piece;
    }
  }

  private static boolean isAccessSize(int size) {
    return size == 1 || size == 2 || size == 4 || size == 8;
  }

  /** The largest naturally aligned piece at an address: 1, 2 or 4. */
  private static int pieceSize(long at, int left) {
    int aligned = (at & 1) != 0 ? 1 : (at & 2) != 0 ? 2 : 4;
    return left >= aligned ? aligned : left >= 2 ? 2 : 1;
  }

  private static long cut(long value, int size) {
    return size >= Long.BYTES ? value : value & ((1L << (8 * size)) - 1);
  }

  private int readPiece(int bar, int at, int size) {
    return switch (bar) {
      case LEGACY_BAR -> legacy.read(at);
      case MSIX_BAR -> size == Integer.BYTES ? msix.read(at) : 0;
      default -> readStructure(at);
    };
  }

  private int readStructure(int at) {
    int page = at / STRUCTURE_BYTES;
    if (page == 0) {
      return common.read(at);
    }
    if (page == ISR_PAGE) {
      return interrupts.readIsr();
    }
    // An entropy device has no configuration: every byte of it reads ff. Notification registers
    // are only written.
    return page == NOTIFY_PAGE ? 0 : -1;
  }

  private void writePiece(int bar, int at, int value, int size) {
    switch (bar) {
      case LEGACY_BAR -> legacy.write(at, value);
      case MSIX_BAR -> {
        if (size == Integer.BYTES) {
          msix.write(at, value);
        }
      }
      default -> writeStructure(at, value);
    }
  }

  private void writeStructure(int at, int value) {
    int page = at / STRUCTURE_BYTES;
    if (page == 0) {
      common.write(at, value);
    } else if (page == NOTIFY_PAGE) {
      device.kick(at % STRUCTURE_BYTES / NOTIFY_MULTIPLIER);
    }
  }

  // ---- besides the guest

  /**
   * The level of INTA#, for an embedder that samples it.
   *
   * @return what {@link PciInterrupts#intx} was told last
   */
  public boolean interruptLevel() {
    return interrupts.level();
  }

  /**
   * The device's counters.
   *
   * @return live values
   */
  public DeviceCounters counters() {
    return device.counters();
  }

  /**
   * Does what is due: see {@link RngDevice#poll()}. Cheap enough to be called every thousand guest
   * instructions.
   *
   * @return true if something was done
   */
  public boolean poll() {
    return device.poll();
  }

  /**
   * Says how long {@link #poll} need not be called: see {@link RngDevice#nanosUntilDue()}.
   *
   * @return nanoseconds
   */
  public long nanosUntilDue() {
    return device.nanosUntilDue();
  }

  /**
   * Tells that the machine was stopped or goes on: see {@link RngDevice#setRunning}.
   *
   * @param running whether the guest runs
   */
  public void setRunning(boolean running) {
    device.setRunning(running);
  }

  /**
   * Resets the function as the machine's reset does: device, MSI-X table, command register and
   * BARs.
   */
  public void reset() {
    device.reset();
    config.reset();
    msix.reset();
    forgetRegisters();
    interrupts.configured(true);
    device.restoreBusMaster(false);
  }

  private void forgetRegisters() {
    common.reset();
    interrupts.reset();
  }

  /** Gives back what is at the source, before the machine is saved. */
  public void quiesce() {
    device.quiesce();
  }

  /**
   * Saves registers and device, without guest memory and without any entropy. The machine is
   * paused.
   *
   * @return a versioned copy of the state
   */
  public byte[] save() {
    byte[] table = new byte[msix.savedBytes()];
    msix.save(ByteBuffer.wrap(table));
    return new PciState(
            config.save(),
            table,
            device.save(),
            common.deviceFeatureSelect(),
            common.driverFeatureSelect(),
            common.queueSelect(),
            interrupts.configVector(),
            interrupts.isr(),
            interrupts.generation(),
            SavedQueues.of(common, interrupts))
        .toBytes();
  }

  /**
   * Takes over a saved state. Interrupts are not told: an embedder samples {@link #interruptLevel}
   * and {@link #barAddress} when it restores its machine. The next {@link #poll} looks at the
   * queue.
   *
   * @param saved what {@link #save} of a function built alike returned; treated as untrusted
   * @throws IllegalArgumentException if the bytes are no such state; nothing has changed then
   */
  public void restore(byte[] saved) {
    PciState state = PciState.parse(saved, config.length(), msix.savedBytes(), common.queueCount());
    String why = config.whyNot(state.config());
    if (why != null) {
      throw new IllegalArgumentException("the saved configuration space " + why);
    }
    SavedQueues.check(state, msix.vectors());
    device.restore(state.device());
    config.restore(state.config());
    boolean master = config.commandHas(PciConfigLayout.COMMAND_MASTER);
    msix.restore(
        ByteBuffer.wrap(state.msix()).order(ByteOrder.LITTLE_ENDIAN), config.msixControl(), master);
    device.restoreBusMaster(master);
    SavedQueues.restore(state, common, interrupts);
  }

  /** Stops the device for good and lowers INTA#. Idempotent; the source is not closed. */
  @Override
  public void close() {
    device.close();
    interrupts.silence();
  }
}

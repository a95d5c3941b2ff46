package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.transport.mmio.MmioLayout.CONFIG;
import static io.virtentropy.virtio.transport.mmio.MmioLayout.INTERRUPT_CONFIG;
import static io.virtentropy.virtio.transport.mmio.MmioLayout.INTERRUPT_USED;
import static io.virtentropy.virtio.transport.mmio.MmioLayout.NO_SHARED_MEMORY;
import static io.virtentropy.virtio.transport.mmio.MmioLayout.WINDOW_BYTES;

import io.virtentropy.virtio.device.DeviceCounters;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.queue.SplitVirtqueue;
import java.util.Objects;

/**
 * The entropy device behind MMIO registers, version 2 (virtio 1.3 §4.2).
 *
 * <p>An emulator maps {@link #length()} bytes into the guest's address space, passes the guest's
 * accesses to {@link #read} and {@link #write}, and connects {@link #interruptLevel()} to an
 * interrupt line, by sampling it or by the {@link InterruptLine} it gave:
 *
 * <pre>{@code
 * MmioTransport rng =
 *     new MmioTransport(VirtioRngDevice.builder(memory, BuiltinBackend.open()), line);
 * // in the emulator's bus:
 * long value = rng.read(address - base, size);
 * rng.write(address - base, value, size);
 * // now and then, and when nanosUntilDue() has passed:
 * rng.poll();
 * }</pre>
 *
 * <p><b>Accesses.</b> Registers are meant to be accessed by aligned words of 32 bits. Reads of any
 * size and alignment give the bytes of the registers they cover; a write is obeyed if it covers
 * whole registers, so 4 or 8 aligned bytes, and is ignored otherwise. The configuration space reads
 * 0 and ignores writes. Values may be sign-extended; offsets outside the window read 0. Nothing a
 * guest does throws.
 *
 * <p><b>Threads.</b> One thread at a time, not always the same one; the embedder's lock is enough.
 * There is none inside, and the state is consistent when the interrupt line is told, so that it may
 * call back at once.
 */
public final class MmioTransport implements AutoCloseable {
  /** Told when the interrupt line changes. */
  @FunctionalInterface
  public interface InterruptLine {
    /**
     * Called on the thread that is inside {@code read}, {@code write}, {@code poll}, {@code reset}
     * or {@code close}, as its last action, and only when the level changes.
     *
     * <p>A receiver that runs the guest's interrupt handler at once, inside this call, is called
     * again from within for the level that the handler brought about. It should look at {@link
     * MmioTransport#interruptLevel()} afterwards rather than at what it was told first.
     *
     * @param asserted the new level
     */
    void levelChanged(boolean asserted);
  }

  private final VirtioRngDevice device;
  private final InterruptLine line;

  private int deviceFeaturesSelect;
  private int driverFeaturesSelect;
  private int queueSelect;
  private long descriptorTable;
  private long availRing;
  private long usedRing;

  private int interruptStatus;
  private boolean toldLevel;

  /**
   * Makes a device behind registers, in the state of power-on.
   *
   * @param device what it is made of
   * @param line told of the interrupt line; {@code level -> {}} for an emulator that samples it
   */
  public MmioTransport(VirtioRngDevice.Builder device, InterruptLine line) {
    this.line = Objects.requireNonNull(line, "line");
    this.device =
        device.build(
            new VirtioRngDevice.Interrupts() {
              @Override
              public void usedBuffers() {
                interruptStatus |= INTERRUPT_USED;
              }

              @Override
              public void configurationChanged() {
                interruptStatus |= INTERRUPT_CONFIG;
              }
            });
  }

  /**
   * How many bytes of address space the registers take.
   *
   * @return the length of the window
   */
  public long length() {
    return WINDOW_BYTES;
  }

  /**
   * The interrupt line.
   *
   * @return true while an interrupt is pending and not acknowledged
   */
  public boolean interruptLevel() {
    return interruptStatus != 0;
  }

  /**
   * The device's counters.
   *
   * @return live values
   */
  public DeviceCounters counters() {
    return device.counters();
  }

  // ---- register access

  /**
   * Reads registers. Has no side effect.
   *
   * @param offset from the begin of the window, any value
   * @param size 1, 2, 4 or 8 bytes
   * @return the bytes, little-endian, zero-extended; 0 for what is outside the window and for other
   *     sizes
   */
  public long read(long offset, int size) {
    if (offset < 0 || offset >= WINDOW_BYTES || !isAccessSize(size)) {
      return 0;
    }
    int at = (int) offset;
    if ((at & 3) == 0 && size == Integer.BYTES) {
      return register(at) & 0xffff_ffffL;
    }
    long value = 0;
    for (int i = 0; i < size && at + i < WINDOW_BYTES; i++) {
      int word = register(at + i & ~3);
      value |= (word >>> (8 * (at + i & 3)) & 0xffL) << (8 * i);
    }
    return value;
  }

  /**
   * Writes registers.
   *
   * @param offset from the begin of the window, any value
   * @param value the bytes, little-endian; those beyond {@code size} mean nothing
   * @param size 4, or 8 for two neighbouring registers; writes of other sizes are ignored
   */
  public void write(long offset, long value, int size) {
    if (offset < 0 || offset >= CONFIG || (offset & 3) != 0) {
      return;
    }
    int at = (int) offset;
    if (size == Integer.BYTES) {
      writeRegister(at, (int) value);
    } else if (size == Long.BYTES) {
      writeRegister(at, (int) value);
      writeRegister(at + Integer.BYTES, (int) (value >>> 32));
    } else {
      return;
    }
    tellLine();
  }

  private static boolean isAccessSize(int size) {
    return size == 1 || size == 2 || size == 4 || size == 8;
  }

  private int register(int at) {
    return switch (at) {
      case MmioLayout.MAGIC_VALUE -> MmioLayout.MAGIC;
      case MmioLayout.VERSION -> MmioLayout.VERSION_2;
      case MmioLayout.DEVICE_ID -> VirtioRngDevice.DEVICE_TYPE;
      case MmioLayout.VENDOR_ID -> MmioLayout.VENDOR;
      case MmioLayout.DEVICE_FEATURES -> offeredWord();
      case MmioLayout.QUEUE_SIZE_MAX -> queueExists() ? device.queue().maxSize() : 0;
      case MmioLayout.QUEUE_READY -> queueExists() && device.queue().isEnabled() ? 1 : 0;
      case MmioLayout.INTERRUPT_STATUS -> interruptStatus;
      case MmioLayout.STATUS -> device.status();
      case MmioLayout.SHM_LEN_LOW,
          MmioLayout.SHM_LEN_HIGH,
          MmioLayout.SHM_BASE_LOW,
          MmioLayout.SHM_BASE_HIGH ->
          NO_SHARED_MEMORY;
      // Write-only registers, the configuration space and its generation, QueueReset (a reset is
      // complete at once), and what is reserved.
      default -> 0;
    };
  }

  private int offeredWord() {
    return switch (deviceFeaturesSelect) {
      case 0 -> (int) device.offeredFeatures();
      case 1 -> (int) (device.offeredFeatures() >>> 32);
      default -> 0;
    };
  }

  private boolean queueExists() {
    return queueSelect == 0;
  }

  private void writeRegister(int at, int value) {
    switch (at) {
      case MmioLayout.DEVICE_FEATURES_SEL -> deviceFeaturesSelect = value;
      case MmioLayout.DRIVER_FEATURES_SEL -> driverFeaturesSelect = value;
      case MmioLayout.DRIVER_FEATURES -> device.writeDriverFeatures(driverFeaturesSelect, value);
      case MmioLayout.QUEUE_SEL -> queueSelect = value;
      case MmioLayout.QUEUE_NOTIFY -> device.kick(value);
      case MmioLayout.INTERRUPT_ACK -> interruptStatus &= ~value;
      case MmioLayout.STATUS -> writeStatus(value);
      default -> {
        if (queueExists()) {
          writeQueueRegister(at, value);
        }
      }
    }
  }

  /** Registers of the request queue; a driver that names another queue writes into the void. */
  private void writeQueueRegister(int at, int value) {
    SplitVirtqueue queue = device.queue();
    switch (at) {
      case MmioLayout.QUEUE_READY -> writeQueueReady(value);
      case MmioLayout.QUEUE_RESET -> {
        if (value == 1 && device.resetQueue()) {
          forgetPlacement();
        }
      }
      default -> {
        // §4.2.2.2: a queue in service is not set up anew.
        if (!queue.isEnabled()) {
          setUpQueue(at, value);
        }
      }
    }
  }

  private void setUpQueue(int at, int value) {
    switch (at) {
      case MmioLayout.QUEUE_SIZE -> device.queue().chooseSize(value);
      case MmioLayout.QUEUE_DESC_LOW -> descriptorTable = withLow(descriptorTable, value);
      case MmioLayout.QUEUE_DESC_HIGH -> descriptorTable = withHigh(descriptorTable, value);
      case MmioLayout.QUEUE_DRIVER_LOW -> availRing = withLow(availRing, value);
      case MmioLayout.QUEUE_DRIVER_HIGH -> availRing = withHigh(availRing, value);
      case MmioLayout.QUEUE_DEVICE_LOW -> usedRing = withLow(usedRing, value);
      case MmioLayout.QUEUE_DEVICE_HIGH -> usedRing = withHigh(usedRing, value);
      default -> {
        // Read-only, reserved, or without meaning for an entropy device.
      }
    }
  }

  private void writeQueueReady(int value) {
    if (value == 0) {
      device.disableQueue();
    } else if (value == 1) {
      device.queue().place(descriptorTable, availRing, usedRing);
      device.enableQueue();
    }
  }

  private void writeStatus(int value) {
    device.writeStatus(value);
    if ((value & 0xff) == 0) {
      forgetRegisters();
    }
  }

  private void forgetRegisters() {
    deviceFeaturesSelect = 0;
    driverFeaturesSelect = 0;
    queueSelect = 0;
    interruptStatus = 0;
    forgetPlacement();
  }

  private void forgetPlacement() {
    descriptorTable = 0;
    availRing = 0;
    usedRing = 0;
  }

  private static long withLow(long address, int half) {
    return (address & ~0xffff_ffffL) | (half & 0xffff_ffffL);
  }

  private static long withHigh(long address, int half) {
    return (address & 0xffff_ffffL) | ((long) half << 32);
  }

  private void tellLine() {
    boolean level = interruptLevel();
    if (level != toldLevel) {
      toldLevel = level;
      line.levelChanged(level);
    }
  }

  // ---- besides the guest

  /**
   * Does what is due: see {@link VirtioRngDevice#poll()}. Cheap enough to be called every thousand
   * guest instructions.
   *
   * @return true if something was done
   */
  public boolean poll() {
    boolean done = device.poll();
    if (done) {
      tellLine();
    }
    return done;
  }

  /**
   * Says how long {@link #poll} need not be called: see {@link VirtioRngDevice#nanosUntilDue()}.
   *
   * @return nanoseconds
   */
  public long nanosUntilDue() {
    return device.nanosUntilDue();
  }

  /** Resets the device as the machine's reset does. */
  public void reset() {
    device.reset();
    forgetRegisters();
    tellLine();
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
    return MmioState.write(
        new MmioState(
            deviceFeaturesSelect,
            driverFeaturesSelect,
            queueSelect,
            descriptorTable,
            availRing,
            usedRing,
            interruptStatus,
            device.saveState()));
  }

  /**
   * Takes over a saved state. The interrupt line is not told: an embedder samples {@link
   * #interruptLevel()} when it restores its interrupt controller. The next {@link #poll} looks at
   * the queue.
   *
   * @param saved what {@link #save} of a device with the same queue size and limiter returned;
   *     treated as untrusted
   * @throws IllegalArgumentException if the bytes are no such state; nothing has changed then
   */
  public void restore(byte[] saved) {
    MmioState state = MmioState.read(saved);
    device.restoreState(state.device());
    deviceFeaturesSelect = state.deviceFeaturesSelect();
    driverFeaturesSelect = state.driverFeaturesSelect();
    queueSelect = state.queueSelect();
    descriptorTable = state.descriptorTable();
    availRing = state.availRing();
    usedRing = state.usedRing();
    interruptStatus = state.interruptStatus();
    toldLevel = interruptLevel();
  }

  /** Stops the device for good and lowers the line. Idempotent; the source is not closed. */
  @Override
  public void close() {
    device.close();
    interruptStatus = 0;
    tellLine();
  }
}

package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.transport.mmio.MmioLayout.WINDOW_BYTES;

import io.virtentropy.virtio.device.DeviceCounters;
import io.virtentropy.virtio.device.RngDevice;
import java.util.Objects;

/**
 * The entropy device behind MMIO registers (virtio 1.3 §4.2), of version 2 or, for legacy drivers,
 * of version 1.
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
 * 0 and ignores writes. (With a device like QEMU's, narrower reads give 0 and the configuration
 * space all ones.) Values may be sign-extended; offsets outside the window read 0. Nothing a guest
 * does throws.
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

  private final RngDevice device;
  private final InterruptLine line;
  private final MmioVersion version;
  private final RegisterState registers = new RegisterState();
  private final RegisterMap map;

  private boolean toldLevel;

  /**
   * Makes a device behind the registers of version 2, in the state of power-on.
   *
   * @param device what it is made of: the builder of either kind of device
   * @param line told of the interrupt line; {@code level -> {}} for an emulator that samples it
   */
  public MmioTransport(RngDevice.Maker device, InterruptLine line) {
    this(device, line, MmioVersion.MODERN);
  }

  /**
   * Makes a device behind registers, in the state of power-on.
   *
   * @param device what it is made of: the builder of either kind of device
   * @param line told of the interrupt line; {@code level -> {}} for an emulator that samples it
   * @param version which registers
   */
  public MmioTransport(RngDevice.Maker device, InterruptLine line, MmioVersion version) {
    this.line = Objects.requireNonNull(line, "line");
    this.version = Objects.requireNonNull(version, "version");
    this.device = device.build(registers);
    boolean likeQemu = this.device.imitatedVersion() != null;
    registers.become(likeQemu);
    boolean legacy = version == MmioVersion.LEGACY;
    if (likeQemu) {
      map = new QemuRegisters(this.device, registers, legacy);
    } else {
      map =
          legacy
              ? new LegacyRegisters(this.device, registers)
              : new ModernRegisters(this.device, registers);
    }
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
    return registers.interruptStatus != 0;
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
    return map.read((int) offset, size);
  }

  /**
   * Writes registers.
   *
   * @param offset from the begin of the window, any value
   * @param value the bytes, little-endian; those beyond {@code size} mean nothing
   * @param size 4, or 8 for two neighbouring registers; writes of other sizes are ignored
   */
  public void write(long offset, long value, int size) {
    if (offset < 0 || offset >= WINDOW_BYTES || !isAccessSize(size)) {
      return;
    }
    map.write((int) offset, value, size);
    tellLine();
  }

  private static boolean isAccessSize(int size) {
    return size == 1 || size == 2 || size == 4 || size == 8;
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
   * Does what is due: see {@link RngDevice#poll()}. Cheap enough to be called every thousand guest
   * instructions.
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
    tellLine();
  }

  /** Resets the device as the machine's reset does. */
  public void reset() {
    device.reset();
    registers.forget();
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
    return MmioState.write(registers, version, device.save());
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
    RegisterState state = new RegisterState();
    device.restore(MmioState.read(saved, state, version));
    registers.take(state);
    toldLevel = interruptLevel();
  }

  /** Stops the device for good and lowers the line. Idempotent; the source is not closed. */
  @Override
  public void close() {
    device.close();
    registers.interruptStatus = 0;
    tellLine();
  }
}

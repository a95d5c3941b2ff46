package io.virtentropy.conformance.model;

import io.virtentropy.conformance.dut.BarWindow;
import io.virtentropy.conformance.dut.Capability;
import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.dut.EntropySupply;
import io.virtentropy.conformance.dut.Interrupt;
import io.virtentropy.conformance.dut.MemoryRange;
import io.virtentropy.conformance.dut.PcLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * QEMU's {@code virtio-rng-pci} with {@code ioeventfd=off} on a conventional slot, as a model, in a
 * machine like the one that {@code QemuDevice} runs.
 *
 * <pre>{@code
 * try (ModelDevice device = ModelDevice.of(QemuRelease.V7_2).limit(100, 1000).start()) {
 *   PciFirmware.bringUp(device);
 *   long queueSize = device.barRead(4, 0x18, 2);
 * }
 * }</pre>
 *
 * <p>It does what QEMU does even where that harms: nothing in it is an imitation's exception.
 */
public final class ModelDevice implements DeviceUnderTest {
  private final GuestRam ram = new GuestRam();
  private final ModelClock clock = new ModelClock();
  private final InterruptPin pin = new InterruptPin();
  private final ConfigSpace config;
  private final MsixTable msix;
  private final Interrupts interrupts;
  private final VirtioState device;
  private final EgdDaemon daemon;
  private final RequestLoop loop;
  private final CommonConfig common;
  private final AccessWindow access;
  private final BarDecoder bars;
  private boolean closed;

  private final EntropySupply supply =
      new EntropySupply() {
        @Override
        public List<Integer> takeRequests() {
          settle();
          return daemon.takeRequests();
        }

        @Override
        public void deliver(byte[] bytes) {
          requireOpen();
          daemon.give(bytes);
          settle();
        }
      };

  private ModelDevice(Builder builder) {
    config = new ConfigSpace(builder.transitional);
    Dma dma = new Dma(ram);
    msix = new MsixTable(config, dma);
    interrupts = new Interrupts(config, msix, pin);
    device = new VirtioState(builder.release, builder.withheld, interrupts, dma);
    daemon = new EgdDaemon(builder.release.largestRequest);
    Allowance allowance = new Allowance(builder.maxBytes, builder.periodMillis, clock);
    loop = new RequestLoop(device, new SplitRing(device, dma), allowance, daemon);
    VectorChoice vectors = new VectorChoice(msix);
    common = new CommonConfig(device, loop, vectors, this::deviceReset);
    ModernWindow modern = new ModernWindow(common, interrupts, loop);
    access = new AccessWindow(config, modern);
    bars =
        new BarDecoder(
            config,
            PcLayout.WINDOW,
            new LegacyHeader(device, loop, vectors, config, interrupts, this::deviceReset),
            new MsixWindow(msix),
            modern,
            builder.transitional);
  }

  /**
   * Begins to describe a device.
   *
   * @param release of which QEMU
   * @return a transitional one with QEMU's default limit
   */
  public static Builder of(QemuRelease release) {
    return new Builder(release);
  }

  /** What the device is. */
  public static final class Builder {
    private final QemuRelease release;
    private long maxBytes = Long.MAX_VALUE;
    private long periodMillis = 65_536;
    private boolean transitional = true;
    private long withheld;

    private Builder(QemuRelease release) {
      this.release = Objects.requireNonNull(release, "release");
    }

    /**
     * Sets {@code max-bytes} and {@code period}.
     *
     * @param bytes 1 or more
     * @param millis 1 to 2^32-1
     * @return this
     */
    public Builder limit(long bytes, long millis) {
      if (bytes < 1 || millis < 1 || millis > 0xffff_ffffL) {
        throw new IllegalArgumentException(
            bytes + " bytes in " + millis + " ms; 1 or more in 1 to 2^32-1 are accepted");
      }
      maxBytes = bytes;
      periodMillis = millis;
      return this;
    }

    /**
     * Leaves out the legacy header: QEMU's {@code disable-legacy=on}.
     *
     * @return this
     */
    public Builder modernOnly() {
      transitional = false;
      return this;
    }

    /**
     * Leaves out features, as QEMU's properties do.
     *
     * @param features a bit for each
     * @return this
     */
    public Builder withhold(long features) {
      withheld = features;
      return this;
    }

    /**
     * Makes the device and its machine.
     *
     * @return the device as it is at power-on
     */
    public ModelDevice start() {
      return new ModelDevice(this);
    }
  }

  @Override
  public boolean can(Capability capability) {
    return switch (capability) {
      case CLOCK, SUPPLY, REQUESTS -> true;
      case EXTENDED_CONFIG -> false;
    };
  }

  // ---- resets

  /** The driver's reset. Requests stay, and so do the allowance and its timer. */
  private void deviceReset() {
    loop.setStatus(0);
    device.reset();
    msix.unuseAll();
    common.deviceReset();
  }

  @Override
  public void systemReset() {
    requireOpen();
    interrupts.setPin(false);
    deviceReset();
    config.machineReset();
    msix.machineReset();
    pin.disable(config.isIntxDisabled());
    settle();
    for (int number = 0; number < PcLayout.MESSAGES; number++) {
      putMessage(number, 0);
    }
    List<Interrupt> unused = pin.takeEdges();
  }

  // ---- registers

  @Override
  public long configRead(int offset, int size) {
    checkConfig(offset, size);
    access.beforeRead(offset, size);
    return config.read(offset, size);
  }

  @Override
  public void configWrite(int offset, int size, long value) {
    checkConfig(offset, size);
    config.write(offset, size, value);
    pin.disable(config.isIntxDisabled());
    if (covers(offset, size, ConfigSpace.MSIX_CONTROL + 1)) {
      msix.controlWritten();
      if (config.isMsixEnabled()) {
        interrupts.setPin(false);
      }
    }
    if (covers(offset, size, ConfigSpace.COMMAND)) {
      device.disabled = !config.isBusMaster();
      if (device.disabled) {
        loop.setStatus(device.status & ~VirtioState.DRIVER_OK);
      }
    }
    access.afterWrite(offset, size);
  }

  private static boolean covers(int offset, int size, int register) {
    return register >= offset && register < offset + size;
  }

  private void checkConfig(int offset, int size) {
    requireOpen();
    PcLayout.checkConfigAccess(offset, size, ConfigSpace.BYTES);
  }

  @Override
  public long barRead(int bar, long offset, int size) {
    requireOpen();
    return bars.read(bar, offset, size);
  }

  @Override
  public void barWrite(int bar, long offset, int size, long value) {
    requireOpen();
    bars.write(bar, offset, size, value);
  }

  @Override
  public BarWindow window() {
    return PcLayout.WINDOW;
  }

  // ---- memory

  @Override
  public MemoryRange memory() {
    return PcLayout.MEMORY;
  }

  @Override
  public byte[] memoryRead(long address, int length) {
    PcLayout.MEMORY.check(address, length);
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ram.get(address + i);
    }
    return bytes;
  }

  @Override
  public void memoryWrite(long address, byte[] bytes) {
    PcLayout.MEMORY.check(address, bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      ram.set(address + i, bytes[i]);
    }
  }

  @Override
  public void memoryFill(long address, int length, int value) {
    PcLayout.MEMORY.check(address, length);
    for (int i = 0; i < length; i++) {
      ram.set(address + i, value);
    }
  }

  // ---- interrupts

  @Override
  public long messageAddress(int number) {
    return PcLayout.messageAddress(number);
  }

  private int getMessage(int number) {
    int data = 0;
    for (int i = 0; i < Integer.BYTES; i++) {
      data |= ram.get(messageAddress(number) + i) << (8 * i);
    }
    return data;
  }

  private void putMessage(int number, int data) {
    for (int i = 0; i < Integer.BYTES; i++) {
      ram.set(messageAddress(number) + i, data >>> (8 * i));
    }
  }

  @Override
  public List<Interrupt> takeInterrupts() {
    settle();
    List<Interrupt> taken = new ArrayList<>(pin.takeEdges());
    for (int number = 0; number < PcLayout.MESSAGES; number++) {
      int data = getMessage(number);
      if (data != 0) {
        taken.add(new Interrupt.Message(number, data));
        putMessage(number, 0);
      }
    }
    return taken;
  }

  @Override
  public boolean interruptLine() {
    settle();
    return pin.level();
  }

  // ---- the other end

  @Override
  public EntropySupply supply() {
    return supply;
  }

  @Override
  public void settle() {
    requireOpen();
    boolean busy = true;
    while (busy) {
      busy = daemon.answerOldest(loop::answered);
    }
  }

  @Override
  public void advanceClock(Duration time) {
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("a clock step of " + time + "; more than 0 is right");
    }
    settle();
    long left = device.running ? time.toNanos() : 0;
    while (left > 0) {
      left -= clock.advance(left);
      if (clock.takeDue()) {
        loop.timerFired();
        settle();
      }
    }
  }

  @Override
  public void stop() {
    requireOpen();
    device.running = false;
  }

  @Override
  public void cont() {
    requireOpen();
    device.running = true;
    loop.resumed();
    settle();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the device was closed");
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}

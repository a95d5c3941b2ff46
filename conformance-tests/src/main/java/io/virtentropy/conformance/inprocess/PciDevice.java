package io.virtentropy.conformance.inprocess;

import io.virtentropy.conformance.dut.BarWindow;
import io.virtentropy.conformance.dut.Capability;
import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.dut.EntropySupply;
import io.virtentropy.conformance.dut.Interrupt;
import io.virtentropy.conformance.dut.MemoryRange;
import io.virtentropy.conformance.dut.PcLayout;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.virtio.device.QemuRngDevice;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.transport.pci.PciIdentity;
import io.virtentropy.virtio.transport.pci.PciInterrupts;
import io.virtentropy.virtio.transport.pci.PciTransport;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * This project's PCI function as a device under test, in this process.
 *
 * <pre>{@code
 * try (PciDevice device = PciDevice.likeQemu(QemuVersion.V7_2).start()) {
 *   PciFirmware.bringUp(device);
 *   long queueSize = device.barRead(4, 0x18, 2);
 * }
 * }</pre>
 *
 * <p>Its machine has the memory, the windows and the addresses of the one that {@code QemuDevice}
 * runs, so that one script does the same to both. Its clock stands still, and its source answers
 * what the suite delivers, when it delivers it.
 */
public final class PciDevice implements DeviceUnderTest {
  private static final int BARS = 6;

  private final ByteBuffer high =
      ByteBuffer.allocateDirect(PcLayout.HIGH_END - PcLayout.HIGH_START)
          .order(ByteOrder.LITTLE_ENDIAN);
  private final DaemonSource source = new DaemonSource();
  private final ManualClock clock = new ManualClock();
  private final List<Interrupt> edges = new ArrayList<>();
  private final PciTransport function;
  private final boolean express;
  private boolean running = true;
  private boolean closed;

  private final EntropySupply supply =
      new EntropySupply() {
        @Override
        public List<Integer> takeRequests() {
          settle();
          return source.takeRequests();
        }

        @Override
        public void deliver(byte[] bytes) {
          requireOpen();
          source.add(bytes);
          settle();
        }
      };

  private PciDevice(Builder builder) {
    RegionMemory memory = new RegionMemory(RegionMemory.Sharing.SINGLE_THREADED);
    memory.add(0, ByteBuffer.allocate(PcLayout.LOW_END));
    memory.add(PcLayout.HIGH_START, high);
    express = builder.express;
    function =
        PciTransport.builder(builder.kind.maker(builder, memory, source, clock), new Interrupts())
            .identity(builder.identity)
            .express(express)
            .vectors(builder.vectors)
            .build();
  }

  /**
   * Begins to describe the device that follows the specification.
   *
   * @return a transitional one on a conventional bus, without a limit
   */
  public static Builder strict() {
    return new Builder(
        (builder, memory, source, clock) ->
            VirtioRngDevice.builder(memory, source)
                .limiter(new QuotaWindow(builder.quota, clock))
                .clock(clock)
                .withhold(builder.withheld));
  }

  /**
   * Begins to describe the device that does what QEMU's does.
   *
   * @param version which QEMU's
   * @return a transitional one on a conventional bus, with QEMU's default quota
   */
  public static Builder likeQemu(QemuVersion version) {
    Objects.requireNonNull(version, "version");
    return new Builder(
        (builder, memory, source, clock) ->
            QemuRngDevice.builder(memory, source)
                .version(version)
                .quota(builder.quota)
                .clock(clock)
                .withhold(builder.withheld));
  }

  /** Which of the two devices. */
  @FunctionalInterface
  private interface Kind {
    RngDevice.Maker maker(
        Builder builder, RegionMemory memory, DaemonSource source, ManualClock clock);
  }

  /** What the device is. */
  public static final class Builder {
    private final Kind kind;
    private Quota quota = Quota.DEFAULT;
    private PciIdentity identity = PciIdentity.TRANSITIONAL;
    private boolean express;
    private int vectors = PciTransport.DEFAULT_VECTORS;
    private long withheld;

    private Builder(Kind kind) {
      this.kind = kind;
    }

    /**
     * Sets {@code max-bytes} and {@code period}.
     *
     * @param value the quota
     * @return this
     */
    public Builder quota(Quota value) {
      quota = Objects.requireNonNull(value, "quota");
      return this;
    }

    /**
     * Sets which drivers it serves.
     *
     * @param value its identity
     * @return this
     */
    public Builder identity(PciIdentity value) {
      identity = Objects.requireNonNull(value, "identity");
      return this;
    }

    /**
     * Puts it behind a PCI Express port, with 4096 bytes of configuration space.
     *
     * @return this
     */
    public Builder express() {
      express = true;
      return this;
    }

    /**
     * Sets the number of its MSI-X vectors.
     *
     * @param count 0 to 2048
     * @return this
     */
    public Builder vectors(int count) {
      vectors = count;
      return this;
    }

    /**
     * Sets features that it doesn't offer.
     *
     * @param features as the device's own builder takes them
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
     * @throws IllegalArgumentException if what was chosen doesn't fit together
     */
    public PciDevice start() {
      return new PciDevice(this);
    }
  }

  /** The wires out of the function: INTA#, and stores to memory. */
  private final class Interrupts implements PciInterrupts {
    @Override
    public void intx(boolean asserted) {
      edges.add(new Interrupt.Line(asserted));
    }

    @Override
    public void message(long address, int data) {
      long offset = address - PcLayout.HIGH_START;
      if (offset >= 0 && offset <= high.capacity() - Integer.BYTES) {
        high.putInt((int) offset, data);
      }
    }
  }

  @Override
  public boolean can(Capability capability) {
    return switch (capability) {
      case CLOCK, SUPPLY, REQUESTS -> true;
      case EXTENDED_CONFIG -> express;
    };
  }

  // ---- registers

  @Override
  public long configRead(int offset, int size) {
    checkConfig(offset, size);
    return function.configRead(offset, size);
  }

  @Override
  public void configWrite(int offset, int size, long value) {
    checkConfig(offset, size);
    function.configWrite(offset, value, size);
  }

  private void checkConfig(int offset, int size) {
    requireOpen();
    PcLayout.checkConfigAccess(offset, size, function.configLength());
  }

  @Override
  public long barRead(int bar, long offset, int size) {
    return isDecoded(bar, offset, size)
        ? function.barRead(bar, offset, size)
        : size == Long.BYTES ? -1 : (1L << (8 * size)) - 1;
  }

  @Override
  public void barWrite(int bar, long offset, int size, long value) {
    if (isDecoded(bar, offset, size)) {
      function.barWrite(bar, offset, value, size);
    }
  }

  private boolean isDecoded(int bar, long offset, int size) {
    requireOpen();
    boolean ports = function.isIoBar(bar);
    boolean width = size == 1 || size == 2 || size == 4 || (size == 8 && !ports);
    if (bar < 0 || bar >= BARS || offset < 0 || !width) {
      throw new IllegalArgumentException(
          "BAR " + bar + ", offset " + offset + ", size " + size + "; not what a guest can access");
    }
    long length = function.barLength(bar);
    if (length == 0) {
      return false;
    }
    if (offset > length - size) {
      throw new IllegalArgumentException(
          size + " bytes at " + offset + " are not inside the " + length + " of BAR " + bar);
    }
    long address = function.barAddress(bar);
    return address != -1
        && (ports ? PcLayout.WINDOW.ports() : PcLayout.WINDOW.memory()).contains(address, length);
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
    high.get((int) address - PcLayout.HIGH_START, bytes);
    return bytes;
  }

  @Override
  public void memoryWrite(long address, byte[] bytes) {
    PcLayout.MEMORY.check(address, bytes.length);
    high.put((int) address - PcLayout.HIGH_START, bytes);
  }

  @Override
  public void memoryFill(long address, int length, int value) {
    PcLayout.MEMORY.check(address, length);
    for (int i = 0; i < length; i++) {
      high.put((int) address - PcLayout.HIGH_START + i, (byte) value);
    }
  }

  // ---- interrupts

  @Override
  public long messageAddress(int number) {
    return PcLayout.messageAddress(number);
  }

  @Override
  public List<Interrupt> takeInterrupts() {
    settle();
    List<Interrupt> taken = new ArrayList<>(edges);
    edges.clear();
    for (int number = 0; number < PcLayout.MESSAGES; number++) {
      int at = (int) messageAddress(number) - PcLayout.HIGH_START;
      int data = high.getInt(at);
      if (data != 0) {
        taken.add(new Interrupt.Message(number, data));
        high.putInt(at, 0);
      }
    }
    return taken;
  }

  @Override
  public boolean interruptLine() {
    settle();
    return function.interruptLevel();
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
      busy = function.nanosUntilDue() == 0 && function.poll();
      busy |= source.completeOldest();
    }
  }

  @Override
  public void advanceClock(Duration time) {
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("a clock step of " + time + "; more than 0 is right");
    }
    settle();
    if (!running) {
      return; // it stands still
    }
    for (long left = time.toNanos(); left > 0; ) {
      long step = Math.min(left, Math.max(1, function.nanosUntilDue()));
      clock.advance(step);
      left -= step;
      settle();
    }
  }

  @Override
  public void stop() {
    requireOpen();
    running = false;
    function.setRunning(false);
  }

  @Override
  public void cont() {
    requireOpen();
    running = true;
    function.setRunning(true);
    settle();
  }

  @Override
  public void systemReset() {
    requireOpen();
    function.reset();
    settle();
    for (int number = 0; number < PcLayout.MESSAGES; number++) {
      high.putInt((int) messageAddress(number) - PcLayout.HIGH_START, 0);
    }
    edges.clear();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the device was closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    function.close();
    source.close();
  }
}

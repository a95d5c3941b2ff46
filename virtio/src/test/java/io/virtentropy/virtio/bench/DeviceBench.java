package io.virtentropy.virtio.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.device.DeviceTrace;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.RingFault;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** A device behind MMIO registers, its guest's driver, a clock that stands still, and notes. */
public final class DeviceBench {
  /** Guest memory. */
  public final GuestMemory memory;

  /** The time of limits and retries. */
  public final ManualClock clock;

  /** The device. */
  public final MmioTransport mmio;

  /** The levels that the interrupt line was told, in order. */
  public final List<Boolean> line = new ArrayList<>();

  /** What the trace was told. */
  public final List<String> trace = new ArrayList<>();

  /** The faults that the trace was told. */
  public final List<RingFault> faults = new ArrayList<>();

  /** What was counted since the last look. */
  public final Counted counted;

  /** How often a source woke the embedder. */
  public int wakeUps;

  /** Runs inside the interrupt line's callback, if set. */
  public Consumer<Boolean> onLine = level -> {};

  private MmioRngDriver driver;

  /** A device over fresh RAM with a queue of 8 and no limit. */
  public DeviceBench(EntropyBackend source) {
    this(QueueBench.ram(), source, new ManualClock(), RateLimiter.unlimited(), 8);
  }

  /** A device over fresh RAM with a limiter. */
  public DeviceBench(EntropyBackend source, ManualClock clock, RateLimiter limiter) {
    this(QueueBench.ram(), source, clock, limiter, 8);
  }

  /** A device. */
  public DeviceBench(
      GuestMemory memory,
      EntropyBackend source,
      ManualClock clock,
      RateLimiter limiter,
      int queueSize) {
    this.memory = memory;
    this.clock = clock;
    this.mmio =
        new MmioTransport(
            VirtioRngDevice.builder(memory, source)
                .clock(clock)
                .limiter(limiter)
                .queueSize(queueSize)
                .wakeUp(() -> wakeUps++)
                .trace(new Notes()),
            level -> {
              line.add(level);
              onLine.accept(level);
            });
    this.counted = new Counted(mmio.counters());
  }

  private final class Notes implements DeviceTrace {
    @Override
    public void live(long features, int queueSize) {
      trace.add("live " + queueSize);
    }

    @Override
    public void reset() {
      trace.add("reset");
    }

    @Override
    public void driverFault(RingFault fault) {
      faults.add(fault);
      trace.add("fault " + fault.describe());
    }

    @Override
    public void sourceFailed(EntropySourceException failure, long retryNanos) {
      trace.add("source failed, retry in " + retryNanos);
    }
  }

  /** Binds a driver with a queue of 8 and everything that is offered, and forgets the counts. */
  public DeviceBench bind() {
    return bind(8, -1L);
  }

  /** Binds a driver with some features, and forgets the counts. */
  public DeviceBench bind(int size, long features) {
    driver = MmioRngDriver.bind(memory, mmio, QueueBench.RING, size, features);
    counted.skip();
    line.clear();
    trace.clear();
    return this;
  }

  /** The driver that was bound. */
  public MmioRngDriver driver() {
    return driver;
  }

  /** The driver's side of the ring. */
  public SplitRingDriver ring() {
    return driver.ring();
  }

  /** A buffer address, 64 KiB apart from the next. */
  public static long buffer(int i) {
    return QueueBench.BUFFERS + 0x1_0000L * i;
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
    write(MmioLayout.QUEUE_NOTIFY, 0);
  }

  /** Reads a register. */
  public int read(int register) {
    return (int) mmio.read(register, 4);
  }

  /** Writes a register. */
  public void write(int register, int value) {
    mmio.write(register, value, 4);
  }

  /** Asserts that the next used buffer is this one with so many bytes. */
  public void expectUsed(int head, int length) {
    assertTrue(ring().reap(), "no used buffer");
    assertEquals(head, ring().reapedHead(), "head");
    assertEquals(length, ring().reapedLength(), "used length");
  }

  /** Asserts that no used buffer waits. */
  public void expectNoneUsed() {
    assertFalse(ring().reap(), "a used buffer");
  }

  /** Reads guest memory. */
  public byte[] bytes(long address, int length) {
    byte[] out = new byte[length];
    for (int i = 0; i < length; i++) {
      out[i] = memory.loadByte(address + i);
    }
    return out;
  }

  /** Writes one value all over a range of guest memory. */
  public void paint(long address, int length, int value) {
    for (int i = 0; i < length; i++) {
      memory.storeByte(address + i, (byte) value);
    }
  }

  /** Asserts that a range of guest memory holds one value all over. */
  public void expectPainted(long address, int length, int value) {
    for (int i = 0; i < length; i++) {
      if (memory.loadByte(address + i) != (byte) value) {
        assertEquals((byte) value, memory.loadByte(address + i), "byte " + i + " of " + length);
      }
    }
  }

  /** Asserts that a range holds the words first, first + 1 … of a counter source. */
  public void expectWords(long address, int words, long first) {
    for (int i = 0; i < words; i++) {
      assertEquals(first + i, memory.loadLong(address + 8L * i), "word " + i);
    }
  }
}

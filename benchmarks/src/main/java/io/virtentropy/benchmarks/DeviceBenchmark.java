package io.virtentropy.benchmarks;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One request of a guest's driver through the in-process device: post, kick through the notify
 * register, serve, interrupt, acknowledge, reap. Both sides are in the figure, as they are in an
 * emulator.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DeviceBenchmark {
  private static final long RAM_BASE = 0x8000_0000L;
  private static final int RAM_BYTES = 1 << 20;
  private static final long BUFFER = RAM_BASE + 0x10_000;

  /** Where entropy comes from: {@code counter} shows the device's own cost. */
  @Param({"counter", "builtin"})
  public String source;

  /** Bytes of a request: 64 is what Linux asks for. */
  @Param({"64", "4096", "65536"})
  public int bytes;

  /** Who else accesses guest memory, and so whether fences are needed. */
  @Param({"SHARED", "SINGLE_THREADED"})
  public RegionMemory.Sharing sharing;

  private EntropyBackend backend;
  private MmioTransport device;
  private MmioRngDriver driver;
  private SplitRingDriver ring;
  private boolean interrupted;

  /** Brings the device to life. */
  @Setup(Level.Trial)
  public void bind() {
    RegionMemory memory = RegionMemory.of(sharing, RAM_BASE, ByteBuffer.allocateDirect(RAM_BYTES));
    backend = EntropyBackends.openForTests(source);
    device =
        new MmioTransport(
            VirtioRngDevice.builder(memory, backend), asserted -> interrupted = asserted);
    driver = MmioRngDriver.bind(memory, device, RAM_BASE, 8);
    ring = driver.ring();
    ring.expectInterrupt();
  }

  /** Ends the device. */
  @TearDown(Level.Trial)
  public void close() {
    device.close();
    backend.close();
  }

  /**
   * One request.
   *
   * @return the used length
   */
  @Benchmark
  public int request() {
    ring.post(BUFFER, bytes);
    driver.kick();
    if (!interrupted) {
      throw new IllegalStateException("no interrupt");
    }
    driver.acknowledgeInterrupts();
    ring.reap();
    ring.expectInterrupt();
    return ring.reapedLength();
  }
}

package io.virtentropy.benchmarks;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
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
 * One fill of a buffer outside the heap, as a guest's memory is, from each source that is ready.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class SourceBenchmark {
  /** The string form of the source. */
  @Param({
    "builtin",
    "drbg(builtin)",
    "mix(builtin,random)",
    "drbg(mix(builtin,random))",
    "failover(builtin,random)",
    "health(builtin)"
  })
  public String source;

  /** Bytes of a fill: 64 is what Linux asks for, 65536 the most that a device does. */
  @Param({"64", "4096", "65536"})
  public int bytes;

  private final ByteBuffer target = ByteBuffer.allocateDirect(65_536);
  private EntropyBackend backend;

  /** Opens the source. */
  @Setup(Level.Trial)
  public void open() {
    backend = EntropyBackends.open(source);
  }

  /** Closes it. */
  @TearDown(Level.Trial)
  public void close() {
    backend.close();
  }

  /**
   * One fill.
   *
   * @return how many bytes were delivered
   */
  @Benchmark
  public int fill() {
    int n = backend.fill(target, 0, bytes);
    if (n == 0) {
      throw new IllegalStateException(backend + " has to wait");
    }
    return n;
  }
}

package io.virtentropy.benchmarks;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.TokenBucket;
import io.virtentropy.rdrandemulation.VmEntropy;
import io.virtentropy.rdrandemulation.x86.CpuMode;
import io.virtentropy.rdrandemulation.x86.CpuState;
import io.virtentropy.rdrandemulation.x86.Execution;
import io.virtentropy.rdrandemulation.x86.RandomFeatures;
import io.virtentropy.rdrandemulation.x86.RdrandEmulator;
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
 * One emulated instruction of 64 bits, from the bytes in guest memory to the register, as an
 * interpreter has it carried out.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RdrandBenchmark {
  /** REX.W 0F C7 /6 and /7 to RAX. */
  private static final byte[] RDRAND = {0x48, 0x0f, (byte) 0xc7, (byte) 0xf0};

  private static final byte[] RDSEED = {0x48, 0x0f, (byte) 0xc7, (byte) 0xf8};
  private static final byte[] NOT_OURS = {0x48, 0x0f, (byte) 0xaf, (byte) 0xc1};

  /** Where entropy comes from: {@code counter} shows the emulator's own cost. */
  @Param({"counter", "builtin", "drbg(builtin)", "random:/dev/urandom"})
  public String source;

  /** Whether a token bucket is asked for each number, wide enough never to refuse. */
  @Param({"false", "true"})
  public boolean limited;

  private EntropyBackend backend;
  private RdrandEmulator emulator;
  private final Registers cpu = new Registers();

  /** A CPU that is its registers. */
  private static final class Registers implements CpuState {
    private final long[] general = new long[16];
    private long flags = 2;
    private long instructionPointer;

    @Override
    public CpuMode mode() {
      return CpuMode.LONG_64;
    }

    @Override
    public long register(int number) {
      return general[number];
    }

    @Override
    public void setRegister(int number, long value) {
      general[number] = value;
    }

    @Override
    public long flags() {
      return flags;
    }

    @Override
    public void setFlags(long value) {
      flags = value;
    }

    @Override
    public long instructionPointer() {
      return instructionPointer;
    }

    @Override
    public void setInstructionPointer(long value) {
      instructionPointer = value;
    }
  }

  /** Opens the source. */
  @Setup(Level.Trial)
  public void open() {
    cpu.flags = 2;
    backend = EntropyBackends.openForTests(source);
    RateLimiter limiter =
        limited
            ? TokenBucket.builder(NanoClock.system())
                .bytes(new Rate(1L << 40, 1_000_000_000, 1L << 40))
                .build()
            : RateLimiter.unlimited();
    VmEntropy numbers = VmEntropy.builder(backend).seedSource(backend).limiter(limiter).build();
    emulator = new RdrandEmulator(numbers, RandomFeatures.BOTH);
    while ((cpu.flags & 1) == 0) { // a generator may have to wait for its first seed
      emulator.tryExecute(RDSEED, 0, RDSEED.length, cpu);
    }
  }

  /** Closes the source. */
  @TearDown(Level.Trial)
  public void close() {
    backend.close();
  }

  private long execute(byte[] code) {
    if (emulator.tryExecute(code, 0, code.length, cpu) != Execution.EXECUTED
        || (cpu.flags & 1) == 0) {
      throw new IllegalStateException("no number");
    }
    return cpu.general[0];
  }

  /**
   * RDRAND RAX.
   *
   * @return the number
   */
  @Benchmark
  public long rdrand64() {
    return execute(RDRAND);
  }

  /**
   * RDSEED RAX.
   *
   * @return the number
   */
  @Benchmark
  public long rdseed64() {
    return execute(RDSEED);
  }

  /**
   * What asking costs an interpreter for any other two-byte instruction.
   *
   * @return that it is another
   */
  @Benchmark
  public Execution notOurs() {
    return emulator.tryExecute(NOT_OURS, 0, NOT_OURS.length, cpu);
  }
}

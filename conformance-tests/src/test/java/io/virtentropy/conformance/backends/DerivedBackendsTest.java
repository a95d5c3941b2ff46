package io.virtentropy.conformance.backends;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.FixedBackend;
import io.virtentropy.backends.RandomBackend;
import io.virtentropy.backends.derived.DrbgBackend;
import io.virtentropy.backends.derived.FailoverBackend;
import io.virtentropy.backends.derived.HealthBackend;
import io.virtentropy.backends.derived.MixBackend;
import io.virtentropy.backends.derived.SourceListener;
import io.virtentropy.conformance.junit.EntropyBackendContract;
import io.virtentropy.conformance.qemu.FifoSource;
import io.virtentropy.ratelimit.ManualClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract, kept by the sources that stand on others, and by those for tests. */
class DerivedBackendsTest {
  /** The log is not the place for failures that a test asks for. */
  private static final SourceListener SILENT =
      new SourceListener() {
        @Override
        public void sourceFailed(String source, EntropySourceException cause, long retryNanos) {}

        @Override
        public void sourceReturned(String source) {}
      };

  /** Sources that stand on one in memory, which is supplied and broken by the test. */
  abstract static class OnSupplied extends EntropyBackendContract {
    final Supplied below = new Supplied(1 << 20);

    @Override
    protected boolean waitsForSupply() {
      return true;
    }

    @Override
    protected boolean breakDown() {
      below.setBroken(true);
      return true;
    }

    @Override
    protected void repair() {
      below.setBroken(false);
    }
  }

  @Nested
  class DrbgTest extends EntropyBackendContract {
    @Override
    protected EntropyBackend open() {
      return EntropyBackends.open("drbg(builtin)");
    }
  }

  @Nested
  class DrbgWithPredictionResistanceTest extends OnSupplied {
    @Override
    protected EntropyBackend open() {
      return DrbgBackend.builder(below).predictionResistance(true).build();
    }

    /** A seed for each of so many requests of 16 bytes. */
    @Override
    protected void supply(int bytes) {
      below.supply(64 * (1 + bytes / 16));
    }
  }

  @Nested
  class MixTest extends OnSupplied {
    private final ManualClock clock = new ManualClock();

    @Override
    protected EntropyBackend open() {
      return MixBackend.builder(List.of(below, EntropyBackends.open("builtin")))
          .quorum(2)
          .clock(clock)
          .listener(SILENT)
          .build();
    }

    @Override
    protected void repair() {
      super.repair();
      clock.advance(60_000_000_000L);
    }

    @Override
    protected void supply(int bytes) {
      below.supply(bytes + 31 & -32);
    }
  }

  @Nested
  class MixWithPipeTest extends EntropyBackendContract {
    @TempDir Path dir;
    private FifoSource fifo;

    @Override
    protected EntropyBackend open() throws IOException {
      fifo = FifoSource.make(dir.resolve("pipe"));
      return MixBackend.builder(
              List.of(EntropyBackends.open("builtin"), RandomBackend.open(fifo.path())))
          .build();
    }

    @Override
    protected void supply(int bytes) {
      fifo.put(Supplied.stream(bytes + 31 & -32));
    }

    @Override
    protected boolean waitsForSupply() {
      return true;
    }

    @AfterEach
    void close() throws IOException {
      fifo.close();
    }
  }

  @Nested
  class FailoverTest extends OnSupplied {
    @Override
    protected EntropyBackend open() {
      return FailoverBackend.builder(List.of(below)).listener(SILENT).build();
    }

    @Override
    protected void supply(int bytes) {
      below.supply(bytes);
    }

    @Override
    protected byte[] known(int bytes) {
      return Supplied.stream(bytes);
    }
  }

  @Nested
  class HealthTest extends OnSupplied {
    /** What the start-up test throws away. */
    private static final int STARTUP = 1024;

    private int thrownAway;

    @Override
    protected EntropyBackend open() {
      return HealthBackend.builder(below).build();
    }

    @Override
    protected void supply(int bytes) {
      below.supply(STARTUP - thrownAway + (bytes + 511 & -512));
      thrownAway = STARTUP;
    }

    @Override
    protected byte[] known(int bytes) {
      return Arrays.copyOfRange(Supplied.stream(STARTUP + bytes), STARTUP, STARTUP + bytes);
    }
  }

  @Nested
  class FixedTest extends EntropyBackendContract {
    @Override
    protected EntropyBackend open() {
      return new FixedBackend(Supplied.stream(1 << 17));
    }

    @Override
    protected byte[] known(int bytes) {
      return Supplied.stream(bytes);
    }
  }
}

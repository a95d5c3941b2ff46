package io.virtentropy.cli;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.health.Fips140;
import io.virtentropy.backends.health.HealthLimits;
import io.virtentropy.backends.health.NoiseTest;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code virtentropy source}: looks at a source by itself, without a guest. */
@Command(
    name = "source",
    description = "Reads from a source, or tests what it delivers.",
    mixinStandardHelpOptions = true,
    subcommands = {SourceCommand.Read.class, SourceCommand.Check.class})
final class SourceCommand implements Runnable {
  @Spec private CommandSpec spec;

  SourceCommand() {}

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "read or check is needed; 'virtentropy help source' tells more");
  }

  /** {@code virtentropy source read}: raw bytes on standard output, for other people's tests. */
  @Command(
      name = "read",
      description = "Writes raw bytes of a source to standard output.",
      mixinStandardHelpOptions = true)
  static final class Read implements Callable<Integer> {
    private static final int CHUNK = 65_536;

    @Mixin private SourceOptions source;

    @Option(
        names = {"-n", "--bytes"},
        paramLabel = "N",
        required = true,
        description = "How many bytes, 1 or more.")
    private long bytes;

    @Spec private CommandSpec spec;

    private final OutputStream out;

    Read() {
      this(new FileOutputStream(FileDescriptor.out));
    }

    /** Writes elsewhere, for tests. */
    Read(OutputStream out) {
      this.out = out;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
      if (bytes < 1) {
        throw new ParameterException(
            spec.commandLine(), "--bytes " + bytes + "; 1 or more is accepted");
      }
      byte[] chunk = new byte[CHUNK];
      try (EntropyBackend entropy = source.open()) {
        SourceReader reader = new SourceReader(entropy, CHUNK);
        for (long left = bytes; left > 0; left -= CHUNK) {
          int length = (int) Math.min(left, CHUNK);
          reader.read(chunk, length);
          out.write(chunk, 0, length);
        }
      } finally {
        Arrays.fill(chunk, (byte) 0);
      }
      return 0;
    }
  }

  /** {@code virtentropy source check}: what the tests of noise say about a source. */
  @Command(
      name = "check",
      description =
          "Runs the block tests of FIPS 140-2 and the health tests of SP 800-90B on what a source"
              + " delivers. A source that is tested anyway is seen untested with"
              + " random:FILE(health=off).",
      mixinStandardHelpOptions = true)
  static final class Check implements Callable<Integer> {
    /** Whole windows and whole blocks end together after so many bytes. */
    private static final int CHUNK = Fips140.BLOCK_BYTES * HealthLimits.WINDOW / 4;

    @Mixin private SourceOptions source;

    @Option(
        names = {"-n", "--blocks"},
        paramLabel = "N",
        defaultValue = "1024",
        description =
            "How many blocks of 2500 bytes, rounded up to a multiple of 128; ${DEFAULT-VALUE}"
                + " unless given.")
    private int blocks;

    @Option(
        names = "--min-entropy",
        paramLabel = "H",
        defaultValue = "8",
        description =
            "The min-entropy that is claimed, in bits per byte: 0.1 to ${DEFAULT-VALUE}, which it is"
                + " unless given.")
    private double claim;

    @Spec private CommandSpec spec;

    private final int[] failures = new int[Fips140.Test.values().length];
    private int failedBlocks;
    private NoiseTest.Outcome health = NoiseTest.Outcome.PASSED;

    Check() {}

    @Override
    public Integer call() throws InterruptedException {
      int perChunk = CHUNK / Fips140.BLOCK_BYTES;
      if (blocks < 1 || blocks > 1 << 24) {
        throw new ParameterException(
            spec.commandLine(), "--blocks " + blocks + "; 1 to 16777216 is accepted");
      }
      if (!(claim >= HealthLimits.LEAST_CLAIM && claim <= 8)) {
        throw new ParameterException(
            spec.commandLine(), "--min-entropy " + claim + "; 0.1 to 8 is accepted");
      }
      int chunks = (blocks + perChunk - 1) / perChunk;
      byte[] chunk = new byte[CHUNK];
      try (EntropyBackend entropy = source.open()) {
        SourceReader reader = new SourceReader(entropy, 65_536);
        NoiseTest noise = new NoiseTest(HealthLimits.of(claim));
        Fips140 statistics = new Fips140();
        for (int i = 0; i < chunks; i++) {
          reader.read(chunk, CHUNK);
          examine(chunk, noise, statistics);
        }
        report(entropy, chunks * perChunk);
      } finally {
        Arrays.fill(chunk, (byte) 0);
      }
      return health == NoiseTest.Outcome.PASSED ? 0 : 1;
    }

    @SuppressWarnings("EnumOrdinal") // an index into an array that lives no longer than the enum
    private void examine(byte[] chunk, NoiseTest noise, Fips140 statistics) {
      for (byte each : chunk) {
        if (statistics.accept(each)) {
          statistics.failed().forEach(test -> failures[test.ordinal()]++);
          failedBlocks += statistics.failed().isEmpty() ? 0 : 1;
        }
      }
      byte[] window = new byte[HealthLimits.WINDOW];
      for (int at = 0;
          at < chunk.length && health == NoiseTest.Outcome.PASSED;
          at += window.length) {
        System.arraycopy(chunk, at, window, 0, window.length);
        health = noise.test(window);
      }
      Arrays.fill(window, (byte) 0);
    }

    @SuppressWarnings("EnumOrdinal") // as above
    private void report(EntropyBackend entropy, int tested) {
      PrintWriter out = spec.commandLine().getOut();
      out.printf("source      %s%n", entropy);
      out.printf("blocks      %d of %d bytes%n", tested, Fips140.BLOCK_BYTES);
      out.printf(
          "FIPS 140-2  %d failed; of a perfect source about one in 1300 does%n", failedBlocks);
      for (Fips140.Test test : Fips140.Test.values()) {
        out.printf(
            "            %-8s  %d%n",
            test.name().toLowerCase(Locale.ROOT).replace('_', ' '), failures[test.ordinal()]);
      }
      out.printf(
          "SP 800-90B  %s, at a claim of %s bits per byte%n",
          switch (health) {
            case PASSED -> "passed";
            case REPETITION -> "failed the repetition count";
            case PROPORTION -> "failed the adaptive proportion test";
          },
          claim);
      out.flush();
    }
  }
}

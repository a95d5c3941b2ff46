package io.virtentropy.cli;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.SourceSpec;
import java.nio.file.Path;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where entropy comes from. */
final class SourceOptions {
  @ArgGroup(exclusive = true)
  private Choice choice;

  @Option(
      names = "--allow-test-sources",
      hidden = true,
      description = "Accept sources of predictable bytes.")
  private boolean allowTestSources;

  /** The two ways to name a source; not both. */
  static final class Choice {
    @Option(
        names = "--source",
        paramLabel = "SOURCE",
        description =
            "Where entropy comes from: builtin (the operating system's generator, the default),"
                + " random:FILE, egd:KIND:ADDRESS, drbg(SOURCE), mix(SOURCE,SOURCE...),"
                + " failover(SOURCE,SOURCE...), health(SOURCE); docs/sources.md tells more.")
    private String source;

    @Option(
        names = {"-f", "--filename"},
        paramLabel = "FILE",
        description = "The same as --source random:FILE.")
    private Path filename;
  }

  EntropyBackend open() {
    String spec = spec();
    try {
      return allowTestSources ? EntropyBackends.openForTests(spec) : EntropyBackends.open(spec);
    } catch (EntropySourceException e) {
      throw new UnusableException(e.getMessage(), e);
    }
  }

  String spec() {
    if (choice == null) {
      return "builtin";
    }
    return choice.source != null
        ? choice.source
        : SourceSpec.of("random", choice.filename.toString()).toString();
  }
}

package io.virtentropy.cli;

import picocli.CommandLine.Parameters;

/** Which pool a command is about. */
final class PoolChoice {
  @Parameters(
      index = "0",
      paramLabel = "POOL",
      completionCandidates = PoolNames.class,
      description = "The pool's name or UUID.")
  private String pool;

  /** As it was given. */
  String given() {
    return pool;
  }

  /** The path of its calls. */
  String path() {
    return ControlClient.pool(pool);
  }
}

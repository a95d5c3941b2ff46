package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code virtentropy pool-start}. */
@Command(
    name = "pool-start",
    description = "Starts a pool that is defined.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolStartCommand extends PoolAction {
  @Parameters(
      index = "0",
      paramLabel = "POOL",
      completionCandidates = PoolNames.class,
      description = "The pool's name or UUID.")
  private String pool;

  PoolStartCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    client.call("POST", ControlClient.pool(pool) + "/start", "");
    out.println("Entropy pool " + pool + " started");
    return 0;
  }
}

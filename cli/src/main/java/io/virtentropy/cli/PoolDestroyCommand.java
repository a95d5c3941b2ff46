package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code virtentropy pool-destroy}. */
@Command(
    name = "pool-destroy",
    description = "Stops a pool; its definition stays.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolDestroyCommand extends PoolAction {
  @Parameters(
      index = "0",
      paramLabel = "POOL",
      completionCandidates = PoolNames.class,
      description = "The pool's name or UUID.")
  private String pool;

  @Option(names = "--graceful", description = "Serve what was asked for first, for up to 5 s.")
  private boolean graceful;

  PoolDestroyCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    client.call("POST", ControlClient.pool(pool) + "/stop?graceful=" + graceful, "");
    out.println("Entropy pool " + pool + " destroyed");
    return 0;
  }
}

package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code virtentropy pool-undefine}. */
@Command(
    name = "pool-undefine",
    description = "Forgets the definition of a pool that is not active.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolUndefineCommand extends PoolAction {
  @Parameters(
      index = "0",
      paramLabel = "POOL",
      completionCandidates = PoolNames.class,
      description = "The pool's name or UUID.")
  private String pool;

  PoolUndefineCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    client.call("DELETE", ControlClient.pool(pool), "");
    out.println("Entropy pool " + pool + " has been undefined");
    return 0;
  }
}

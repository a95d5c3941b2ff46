package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code virtentropy pool-autostart}. */
@Command(
    name = "pool-autostart",
    description = "Has a pool started with the daemon.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolAutostartCommand extends PoolAction {
  @Parameters(
      index = "0",
      paramLabel = "POOL",
      completionCandidates = PoolNames.class,
      description = "The pool's name or UUID.")
  private String pool;

  @Option(names = "--disable", description = "Have it started no longer.")
  private boolean disable;

  PoolAutostartCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    client.call("PUT", ControlClient.pool(pool) + "/autostart?enabled=" + !disable, "");
    out.println("Entropy pool " + pool + (disable ? " unmarked" : " marked") + " as autostarted");
    return 0;
  }
}

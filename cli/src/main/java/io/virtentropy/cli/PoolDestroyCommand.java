package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code virtentropy pool-destroy}. */
@Command(
    name = "pool-destroy",
    description = "Stops a pool; its definition stays.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolDestroyCommand extends PoolAction {
  @Mixin private PoolChoice pool;

  @Option(names = "--graceful", description = "Serve what was asked for first, for up to 5 s.")
  private boolean graceful;

  PoolDestroyCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    client.call("POST", pool.path() + "/stop?graceful=" + graceful, "");
    out.println("Entropy pool " + pool.given() + " destroyed");
    return 0;
  }
}

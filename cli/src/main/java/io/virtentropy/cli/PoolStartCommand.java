package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code virtentropy pool-start}. */
@Command(
    name = "pool-start",
    description = "Starts a pool that is defined.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolStartCommand extends PoolAction {
  @Mixin private PoolChoice pool;

  PoolStartCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    client.call("POST", pool.path() + "/start", "");
    out.println("Entropy pool " + pool.given() + " started");
    return 0;
  }
}

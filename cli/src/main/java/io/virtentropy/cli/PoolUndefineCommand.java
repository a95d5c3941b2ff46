package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code virtentropy pool-undefine}. */
@Command(
    name = "pool-undefine",
    description = "Forgets the definition of a pool that is not active.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolUndefineCommand extends PoolAction {
  @Mixin private PoolChoice pool;

  PoolUndefineCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    client.call("DELETE", pool.path(), "");
    out.println("Entropy pool " + pool.given() + " has been undefined");
    return 0;
  }
}

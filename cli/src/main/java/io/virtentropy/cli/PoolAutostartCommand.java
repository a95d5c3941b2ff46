package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code virtentropy pool-autostart}. */
@Command(
    name = "pool-autostart",
    description = "Has a pool started with the daemon.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolAutostartCommand extends PoolAction {
  @Mixin private PoolChoice pool;

  @Option(names = "--disable", description = "Have it started no longer.")
  private boolean disable;

  PoolAutostartCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    client.call("PUT", pool.path() + "/autostart?enabled=" + !disable, "");
    out.println(
        "Entropy pool " + pool.given() + (disable ? " unmarked" : " marked") + " as autostarted");
    return 0;
  }
}

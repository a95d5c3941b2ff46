package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code virtentropy pool-dumpxml}. */
@Command(
    name = "pool-dumpxml",
    description = "Prints the definition of a pool.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolDumpxmlCommand extends PoolAction {
  @Mixin private PoolChoice pool;

  @Option(
      names = "--inactive",
      description = "That of the next start, should it differ from the one in force.")
  private boolean inactive;

  PoolDumpxmlCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    out.print(client.call("GET", pool.path() + "/xml?inactive=" + inactive, ""));
    out.flush();
    return 0;
  }
}

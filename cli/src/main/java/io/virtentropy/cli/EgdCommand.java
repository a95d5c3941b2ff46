package io.virtentropy.cli;

import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code virtentropy egd}: the protocol of the Entropy Gathering Daemon, either side. */
@Command(
    name = "egd",
    description = "Speaks EGD, the protocol of the Entropy Gathering Daemon: serves it, or asks.",
    mixinStandardHelpOptions = true,
    subcommands = {EgdServeCommand.class, EgdGetCommand.class})
final class EgdCommand implements Runnable {
  @Spec private CommandSpec spec;

  EgdCommand() {}

  @Command(
      name = "level",
      description = "Shows how many bits of entropy an EGD server believes to have.",
      mixinStandardHelpOptions = true)
  int level(@Mixin EgdClientOptions server) throws IOException {
    try (EgdClient client = server.open()) {
      spec.commandLine().getOut().println(client.level());
    }
    return 0;
  }

  @Command(
      name = "pid",
      description = "Shows the number of an EGD server's process, as it says.",
      mixinStandardHelpOptions = true)
  int pid(@Mixin EgdClientOptions server) throws IOException {
    try (EgdClient client = server.open()) {
      spec.commandLine().getOut().println(client.pid());
    }
    return 0;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a subcommand is needed: serve, get, level or pid");
  }
}

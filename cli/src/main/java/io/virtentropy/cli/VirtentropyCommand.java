package io.virtentropy.cli;

import java.util.ServiceLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command's root: picks a subcommand, and turns what goes wrong into one sentence. */
@Command(
    name = "virtentropy",
    description = "Gives the host's entropy to guests.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:What was asked for was done.",
      "1:It could not be done, for the reason that one sentence on standard error gives.",
      "2:The command line, a configuration file or a place that they name can't be used.",
    },
    subcommands = {
      ServeCommand.class,
      EgdCommand.class,
      SourceCommand.class,
      DaemonCommand.class,
      PoolDefineCommand.class,
      PoolUndefineCommand.class,
      PoolStartCommand.class,
      PoolDestroyCommand.class,
      PoolListCommand.class,
      PoolDumpxmlCommand.class,
      PoolEditCommand.class,
      PoolInfoCommand.class,
      PoolEventCommand.class,
      PoolAutostartCommand.class,
      PoolTopCommand.class,
      DemoCommand.class,
      GenerateCompletionCommand.class,
      GenerateManCommand.class,
      HelpCommand.class
    })
public final class VirtentropyCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Called by picocli. */
  public VirtentropyCommand() {}

  /**
   * Runs the command and ends the process.
   *
   * @param args what follows {@code virtentropy} on the command line
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  /** The command as it is run, for tests to run too, with what other modules add to it. */
  static CommandLine commandLine() {
    CommandLine commandLine = new CommandLine(new VirtentropyCommand());
    ServiceLoader.load(Subcommand.class).forEach(commandLine::addSubcommand);
    return commandLine
        .setParameterExceptionHandler(VirtentropyCommand::refuse)
        .setExecutionExceptionHandler(VirtentropyCommand::fail);
  }

  private static int refuse(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    return say(command, ConfigFile.withOrigin(command, e.getMessage()), ExitCode.USAGE);
  }

  private static int fail(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    if (e instanceof UnusableException unusable) {
      return say(command, ConfigFile.withOrigin(command, unusable.getMessage()), ExitCode.USAGE);
    }
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return say(command, message, ExitCode.SOFTWARE);
  }

  private static int say(CommandLine command, String message, int exitCode) {
    String oneLine = message.strip().replaceAll("\\s*\\R\\s*", " ");
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + oneLine);
    return exitCode;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a subcommand is needed: serve, egd, source, daemon, one of pool-* or demo; 'virtentropy help' tells more");
  }
}

package io.virtentropy.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code virtentropy generate-man}: a manual page for each command, for the installer. */
@Command(
    name = "generate-man",
    description = "Writes the manual pages of all commands into a folder.",
    mixinStandardHelpOptions = true)
final class GenerateManCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FOLDER", description = "Where to; made if it is missing.")
  private Path folder;

  @Spec private CommandSpec spec;

  GenerateManCommand() {}

  @Override
  public Integer call() throws IOException {
    String version = new VersionProvider().getVersion()[0];
    Files.createDirectories(folder);
    for (CommandSpec command : ManPage.commands(spec.root().commandLine())) {
      Files.writeString(folder.resolve(ManPage.fileName(command)), ManPage.of(command, version));
    }
    return 0;
  }
}

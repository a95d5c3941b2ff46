package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code virtentropy pool-define}. */
@Command(
    name = "pool-define",
    description = "Defines a pool, or replaces the definition of the same name and UUID.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolDefineCommand extends PoolAction {
  @Parameters(index = "0", paramLabel = "FILE", description = "The definition: an XML document.")
  private Path file;

  PoolDefineCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    String name = client.object("POST", "/v1/pools", read(file)).getString("name");
    out.println("Entropy pool " + name + " defined from " + file);
    return 0;
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (MalformedInputException e) {
      throw new UnusableException(file + " is not in UTF-8, which is what is accepted", e);
    } catch (IOException e) {
      throw new UnusableException(file + " can't be read: " + e, e);
    }
  }
}

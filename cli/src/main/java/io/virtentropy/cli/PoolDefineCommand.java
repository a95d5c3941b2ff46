package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
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
    String name = define(client, file, read(file));
    out.println("Entropy pool " + name + " defined from " + file);
    return 0;
  }

  /** Defines a pool from the text of a file, and gives back its name. */
  static String define(ControlClient client, Path file, String text)
      throws RefusedException, InterruptedException {
    try {
      return client.object("POST", "/v1/pools", text).getString("name");
    } catch (RefusedException e) {
      // The daemon knows lines and columns, and not where they come from.
      throw new RefusedException(
          e.getMessage().replaceFirst("^request:(?=[0-9])", Matcher.quoteReplacement(file + ":")));
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (MalformedInputException e) {
      throw new UnusableException(file + " is not in UTF-8, which is what is accepted", e);
    } catch (NoSuchFileException e) {
      throw new UnusableException(file + " does not exist", e);
    } catch (AccessDeniedException e) {
      throw new UnusableException(file + " may not be read by this user", e);
    } catch (IOException e) {
      throw new UnusableException(file + " can't be read: " + e.getMessage(), e);
    }
  }
}

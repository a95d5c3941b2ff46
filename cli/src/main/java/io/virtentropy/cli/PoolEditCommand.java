package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code virtentropy pool-edit}: dumpxml, an editor, define. */
@Command(
    name = "pool-edit",
    description = "Opens the definition of a pool in an editor, and defines what that leaves.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    footer = {
      "",
      "The editor is that of VISUAL, or of EDITOR, or vi. What the daemon refuses stays in a file"
          + " whose name is told.",
    })
final class PoolEditCommand extends PoolAction {
  @Mixin private PoolChoice pool;

  PoolEditCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out)
      throws RefusedException, IOException, InterruptedException {
    String before = client.call("GET", pool.path() + "/xml?inactive=true", "");
    Path file = Files.createTempFile("virtentropy-pool", ".xml");
    Files.writeString(file, before);
    edit(file);
    String after = PoolDefineCommand.read(file);
    if (after.equals(before)) {
      Files.delete(file);
      out.println("Entropy pool " + pool.given() + " XML configuration not changed.");
      return 0;
    }
    try {
      PoolDefineCommand.define(client, file, after);
    } catch (RefusedException e) {
      throw new RefusedException(e.getMessage() + "; your text is in " + file);
    }
    Files.delete(file);
    out.println("Entropy pool " + pool.given() + " XML configuration edited.");
    return 0;
  }

  private static void edit(Path file) throws IOException, InterruptedException {
    Map<String, String> environment = System.getenv();
    String editor = environment.getOrDefault("VISUAL", environment.getOrDefault("EDITOR", "vi"));
    List<String> command = new ArrayList<>(List.of(editor.strip().split("\\s+", -1)));
    command.add(file.toString());
    int status = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (status != 0) {
      throw new UnusableException(
          "the editor '" + editor + "' ended with " + status + "; the text is in " + file, null);
    }
  }
}

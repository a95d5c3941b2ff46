package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code virtentropy pool-list}: as {@code virsh pool-list}, active pools unless told otherwise.
 */
@Command(
    name = "pool-list",
    description = "Lists pools: those that are active, unless told otherwise.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolListCommand extends PoolAction {
  @Option(names = "--inactive", description = "Those that are not active.")
  private boolean inactive;

  @Option(names = "--all", description = "All of them.")
  private boolean all;

  @Option(names = "--autostart", description = "Those that start with the daemon.")
  private boolean autostart;

  @Option(names = "--name", description = "Names only.")
  private boolean namesOnly;

  @Option(names = "--uuid", description = "UUIDs only.")
  private boolean uuidsOnly;

  PoolListCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    String filter = all ? "all" : inactive ? "inactive" : autostart ? "autostart" : "active";
    TextTable table = new TextTable("Name", "State", "Autostart");
    for (JsonValue value : client.array("/v1/pools?filter=" + filter)) {
      JsonObject pool = value.asJsonObject();
      if (autostart && !pool.getBoolean("autostart")) {
        continue;
      }
      List<String> only = new ArrayList<>();
      if (uuidsOnly) {
        only.add(pool.getString("uuid"));
      }
      if (namesOnly) {
        only.add(pool.getString("name"));
      }
      if (only.isEmpty()) {
        table.row(
            pool.getString("name"),
            pool.getString("state"),
            pool.getBoolean("autostart") ? "yes" : "no");
      } else {
        out.println(String.join(" ", only));
      }
    }
    if (!namesOnly && !uuidsOnly) {
      table.print(out);
    }
    return 0;
  }
}

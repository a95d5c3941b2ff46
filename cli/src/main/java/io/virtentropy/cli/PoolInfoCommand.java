package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code virtentropy pool-info}. */
@Command(
    name = "pool-info",
    description = "Tells how a pool is, with its classes and clients.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolInfoCommand extends PoolAction {
  private static final double NANOS = 1e9;

  @Mixin private PoolChoice pool;

  PoolInfoCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    JsonObject info = client.object("GET", pool.path(), "");
    line(out, "Name", info.getString("name"));
    line(out, "UUID", info.getString("uuid"));
    line(out, "State", info.getString("state"));
    line(out, "Persistent", "yes");
    line(out, "Autostart", info.getBoolean("autostart") ? "yes" : "no");
    if (info.containsKey("report")) {
      report(info.getJsonObject("report"), out);
    }
    return 0;
  }

  private static void line(PrintWriter out, String name, String value) {
    out.printf("%-18s%s%n", name + ":", value);
  }

  private static void report(JsonObject report, PrintWriter out) {
    out.println();
    SourceTable.print(report, out);
    TextTable classes = new TextTable("Class", "Granted", "Lent", "Throttled");
    for (JsonValue value : report.getJsonArray("classes")) {
      JsonObject c = value.asJsonObject();
      classes.row(
          c.getString("name"),
          Long.toString(number(c, "granted")),
          Long.toString(number(c, "lent")),
          seconds(c));
    }
    classes.print(out);
    TextTable clients = new TextTable("Client", "Class", "Delivered", "Owed", "Throttled");
    for (JsonValue value : report.getJsonArray("clients")) {
      JsonObject c = value.asJsonObject();
      clients.row(
          c.getString("name") + (c.getBoolean("connected") ? "" : " (away)"),
          c.getString("class"),
          Long.toString(number(c, "delivered")),
          Long.toString(number(c, "owed")),
          seconds(c));
    }
    clients.print(out);
  }

  static long number(JsonObject json, String name) {
    return json.getJsonNumber(name).longValueExact();
  }

  private static String seconds(JsonObject json) {
    return String.format("%.1f s", number(json, "throttledNanos") / NANOS);
  }
}

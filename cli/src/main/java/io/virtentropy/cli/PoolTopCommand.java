package io.virtentropy.cli;

import io.virtentropy.cli.ControlClient.RefusedException;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code virtentropy pool-top}: who gets how much, now. */
@Command(
    name = "pool-top",
    description = "Shows the rates, shares and waits of a pool's classes and clients, live.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PoolTopCommand extends PoolAction {
  private static final double NANOS = 1e9;
  private static final String CLEAR = "\u001b[H\u001b[2J";

  @Mixin private PoolChoice pool;

  @Option(
      names = {"-d", "--delay"},
      paramLabel = "S",
      description = "Seconds from one picture to the next; ${DEFAULT-VALUE} unless given.",
      defaultValue = "2")
  private double delaySeconds;

  @Option(
      names = {"-n", "--iterations"},
      paramLabel = "N",
      description = "End after so many pictures; never unless given.")
  private long iterations = Long.MAX_VALUE;

  PoolTopCommand() {}

  @Override
  int act(ControlClient client, PrintWriter out) throws RefusedException, InterruptedException {
    if (!(delaySeconds >= 0.1 && delaySeconds <= 3600)) {
      throw new UnusableException(
          "--delay " + delaySeconds + "; 0.1 to 3600 seconds is accepted", null);
    }
    boolean terminal = CommandLine.Help.Ansi.AUTO.enabled();
    JsonObject before = report(client);
    for (long i = 0; i < iterations; i++) {
      Thread.sleep((long) (delaySeconds * 1000));
      JsonObject now = report(client);
      if (terminal) {
        out.print(CLEAR);
      }
      picture(before, now, out);
      before = now;
    }
    return 0;
  }

  private JsonObject report(ControlClient client) throws RefusedException, InterruptedException {
    JsonObject info = client.object("GET", pool.path(), "");
    JsonObject report = info.getJsonObject("report");
    if (report == null) {
      throw new RefusedException("entropy pool '" + pool.given() + "' is not active");
    }
    return report;
  }

  private void picture(JsonObject before, JsonObject now, PrintWriter out) {
    double seconds = (number(now, "nanoTime") - number(before, "nanoTime")) / NANOS;
    SourceTable.print(now, out);
    TextTable classes = new TextTable("Class", "Bytes/s", "Throttled");
    Map<String, JsonObject> old = byName(before, "classes", "path");
    for (JsonValue value : now.getJsonArray("classes")) {
      JsonObject c = value.asJsonObject();
      JsonObject then = old.get(c.getString("path"));
      classes.row(
          c.getString("name"),
          rate(c, then, "granted", seconds),
          share(c, then, "throttledNanos", seconds));
    }
    classes.print(out);
    TextTable clients = new TextTable("Client", "Class", "Bytes/s", "Share", "Owed", "Throttled");
    Map<String, JsonObject> oldClients = byName(before, "clients", "name");
    double all = 0;
    for (JsonValue value : now.getJsonArray("clients")) {
      JsonObject c = value.asJsonObject();
      all += difference(c, oldClients.get(c.getString("name")), "delivered");
    }
    for (JsonValue value : now.getJsonArray("clients")) {
      JsonObject c = value.asJsonObject();
      JsonObject then = oldClients.get(c.getString("name"));
      double part = difference(c, then, "delivered");
      clients.row(
          c.getString("name") + (c.getBoolean("connected") ? "" : " (away)"),
          c.getString("class"),
          rate(c, then, "delivered", seconds),
          String.format("%.1f %%", all == 0 ? 0 : 100 * part / all),
          Long.toString(number(c, "owed")),
          share(c, then, "throttledNanos", seconds));
    }
    clients.print(out);
  }

  private static Map<String, JsonObject> byName(JsonObject report, String list, String key) {
    Map<String, JsonObject> all = new HashMap<>();
    report
        .getJsonArray(list)
        .forEach(v -> all.put(v.asJsonObject().getString(key), v.asJsonObject()));
    return all;
  }

  private static long number(JsonObject json, String name) {
    return PoolInfoCommand.number(json, name);
  }

  private static double difference(JsonObject now, JsonObject then, String name) {
    return number(now, name) - (then == null ? 0 : number(then, name));
  }

  private static String rate(JsonObject now, JsonObject then, String name, double seconds) {
    return String.format("%.0f", difference(now, then, name) / seconds);
  }

  private static String share(JsonObject now, JsonObject then, String name, double seconds) {
    return String.format("%.0f %%", difference(now, then, name) / NANOS / seconds * 100);
  }
}

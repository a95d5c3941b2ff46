package io.virtentropy.cli;

import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.PrintWriter;

/** Shows a pool's sources: which serves, how each is, and what it failed with. */
final class SourceTable {
  private static final long NANOS = 1_000_000_000L;

  private SourceTable() {}

  static void print(JsonObject report, PrintWriter out) {
    TextTable sources = new TextTable("Source", "State", "For", "Drawn", "Failures");
    for (JsonValue value : report.getJsonArray("sources")) {
      JsonObject s = value.asJsonObject();
      sources.row(
          s.getString("name"),
          state(s),
          s.getString("state").equals("untried") ? "-" : seconds(s, "stateNanos"),
          Long.toString(PoolInfoCommand.number(s, "delivered")),
          Long.toString(PoolInfoCommand.number(s, "failures")));
    }
    sources.print(out);
    for (JsonValue value : report.getJsonArray("sources")) {
      JsonObject s = value.asJsonObject();
      if (s.containsKey("failure") && s.containsKey("retryNanos")) {
        out.println(" " + s.getString("name") + " failed: " + s.getString("failure"));
        out.println();
      }
    }
  }

  private static String state(JsonObject s) {
    String state = s.getString("state");
    if (s.containsKey("retryNanos")) {
      boolean due = PoolInfoCommand.number(s, "retryNanos") == 0;
      return state + (due ? ", asked again next" : ", asked again in " + seconds(s, "retryNanos"));
    }
    return s.getBoolean("serving") ? state + ", serving" : state;
  }

  private static String seconds(JsonObject s, String name) {
    return PoolInfoCommand.number(s, name) / NANOS + " s";
  }
}

package io.virtentropy.distribution.management;

import io.virtentropy.distribution.daemon.DaemonEvent;
import io.virtentropy.distribution.registry.PoolStatus;
import io.virtentropy.distribution.serving.ClassReport;
import io.virtentropy.distribution.serving.ClientReport;
import io.virtentropy.distribution.serving.PoolReport;
import io.virtentropy.distribution.serving.SourceReport;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.OptionalLong;

/** What is told, as JSON. */
final class PoolJson {
  private PoolJson() {}

  static JsonObject pool(PoolStatus pool) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("name", pool.definition().name())
            .add("uuid", pool.definition().uuid().toString())
            .add("state", pool.isActive() ? "active" : "inactive")
            .add("autostart", pool.autostart())
            .add("persistent", true);
    pool.definition().title().ifPresent(title -> json.add("title", title));
    return json.build();
  }

  static JsonObject report(PoolReport report) {
    JsonArrayBuilder classes = Json.createArrayBuilder();
    report.classes().forEach(c -> classes.add(classReport(c)));
    JsonArrayBuilder clients = Json.createArrayBuilder();
    report.clients().forEach(c -> clients.add(clientReport(c)));
    JsonArrayBuilder sources = Json.createArrayBuilder();
    report.sources().forEach(s -> sources.add(sourceReport(s)));
    return Json.createObjectBuilder()
        .add("nanoTime", report.nanoTime())
        .add("classes", classes)
        .add("clients", clients)
        .add("sources", sources)
        .add("sourceFailures", report.sourceFailures())
        .build();
  }

  private static JsonObjectBuilder sourceReport(SourceReport s) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("name", s.name())
            .add("state", s.state())
            .add("serving", s.serving())
            .add("delivered", s.delivered())
            .add("failures", s.failures())
            .add("stateNanos", s.stateNanos());
    addIfPresent(json, "retryNanos", s.retryNanos());
    if (!s.failure().isEmpty()) {
      json.add("failure", s.failure());
    }
    return json;
  }

  private static JsonObjectBuilder classReport(ClassReport c) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("name", c.name())
            .add("path", c.path())
            .add("granted", c.granted())
            .add("lent", c.lent())
            .add("throttledNanos", c.throttledNanos());
    addIfPresent(json, "rateTokens", c.rateTokens());
    addIfPresent(json, "peakTokens", c.peakTokens());
    return json;
  }

  private static void addIfPresent(JsonObjectBuilder json, String name, OptionalLong value) {
    if (value.isPresent()) {
      json.add(name, value.getAsLong());
    }
  }

  private static JsonObjectBuilder clientReport(ClientReport c) {
    return Json.createObjectBuilder()
        .add("name", c.name())
        .add("class", c.className())
        .add("connected", c.connected())
        .add("delivered", c.delivered())
        .add("owed", c.owed())
        .add("throttledNanos", c.throttledNanos());
  }

  static JsonObject event(DaemonEvent event) {
    return Json.createObjectBuilder()
        .add("sequence", event.sequence())
        .add("time", event.time().toString())
        .add("event", event.kind().word())
        .add("pool", event.pool())
        .add("detail", event.detail())
        .build();
  }

  static JsonObject error(String reason, String message) {
    return Json.createObjectBuilder().add("error", reason).add("message", message).build();
  }
}

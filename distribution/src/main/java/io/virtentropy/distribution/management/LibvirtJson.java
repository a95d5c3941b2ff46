package io.virtentropy.distribution.management;

import io.virtentropy.distribution.libvirt.LibvirtReport;
import io.virtentropy.distribution.libvirt.PlacedDevice;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.util.Optional;

/** How things are with libvirt, as JSON. */
final class LibvirtJson {
  private LibvirtJson() {}

  static JsonObject report(Optional<LibvirtReport> known) {
    if (known.isEmpty()) {
      return Json.createObjectBuilder().add("state", "unused").build();
    }
    LibvirtReport report = known.get();
    JsonArrayBuilder devices = Json.createArrayBuilder();
    report.devices().forEach(d -> devices.add(device(d)));
    return Json.createObjectBuilder()
        .add("state", report.connection().connected() ? "connected" : "disconnected")
        .add("uri", report.uri())
        .add("defaultPool", report.defaultPool())
        .add("message", report.connection().message())
        .add("connects", report.connection().connects())
        .add("losses", report.connection().losses())
        .add("domains", report.connection().domains())
        .add("waitingNanos", report.connection().waitingNanos())
        .add("devices", devices)
        .build();
  }

  private static JsonObjectBuilder device(PlacedDevice d) {
    JsonObjectBuilder json =
        Json.createObjectBuilder()
            .add("domain", d.domain())
            .add("uuid", d.uuid().toString())
            .add("alias", d.alias())
            .add("pool", d.pool())
            .add("class", d.className())
            .add("state", d.state().word())
            .add("reason", d.reason());
    d.socket().ifPresent(socket -> json.add("socket", socket));
    return json;
  }
}

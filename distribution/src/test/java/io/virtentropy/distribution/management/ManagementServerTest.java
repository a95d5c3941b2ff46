package io.virtentropy.distribution.management;

import static io.virtentropy.distribution.management.ManagementBench.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.libvirt.ConnectionReport;
import io.virtentropy.distribution.libvirt.LibvirtReport;
import io.virtentropy.distribution.libvirt.PlacedDevice;
import io.virtentropy.distribution.libvirt.PlacedDevice.State;
import io.virtentropy.distribution.management.ManagementBench.Reply;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What it answers. */
@DisplayName("The management server")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class ManagementServerTest {
  @TempDir Path folder;

  private ManagementBench bench;

  @BeforeEach
  void start() throws IOException {
    bench = new ManagementBench(folder);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  @DisplayName("should take a pool through its life")
  void life() throws IOException {
    assertEquals("[]", bench.call("GET", "/v1/pools", "").list().toString());
    Reply defined = bench.call("POST", "/v1/pools", pool(""));
    assertEquals(200, defined.status());
    assertEquals("inactive", defined.json().getString("state"));
    assertEquals(204, bench.call("POST", "/v1/pools/a%20pool/start", "").status());
    assertEquals(204, bench.call("PUT", "/v1/pools/a%20pool/autostart?enabled=true", "").status());
    JsonObject info =
        bench.call("GET", "/v1/pools/0b1c5ed2-0b4f-4f0a-8a5e-7c1f3f7b9a02", "").json();
    assertEquals("active", info.getString("state"));
    assertTrue(info.getBoolean("autostart"));
    assertEquals(2, info.getJsonObject("report").getJsonArray("classes").size());
    JsonObject source =
        info.getJsonObject("report").getJsonArray("sources").getValuesAs(JsonObject.class).get(0);
    assertEquals("untried", source.getString("state"));
    assertFalse(source.getBoolean("serving"));
    assertEquals(0, source.getInt("failures"));
    assertFalse(source.containsKey("retryNanos"));
    assertEquals(1, bench.call("GET", "/v1/pools?filter=active", "").list().size());
    assertEquals(0, bench.call("GET", "/v1/pools?filter=inactive", "").list().size());
    Reply metrics = bench.call("GET", "/metrics", "");
    assertTrue(
        metrics
            .body()
            .contains("virtentropy_class_granted_bytes_total{pool=\"a pool\",class=\"free\"} 0\n"),
        metrics.body());
    assertTrue(
        metrics.body().contains("\nvirtentropy_source_untried{pool=\"a pool\",number=\"1\","),
        metrics.body());
    assertEquals(409, bench.call("DELETE", "/v1/pools/a%20pool", "").status());
    assertEquals(204, bench.call("POST", "/v1/pools/a%20pool/stop?graceful=true", "").status());
    assertEquals(204, bench.call("DELETE", "/v1/pools/a%20pool", "").status());
    assertEquals(404, bench.call("GET", "/v1/pools/a%20pool", "").status());
  }

  @Test
  @DisplayName("should give back the definition, and the one of the next start")
  void xml() throws IOException {
    bench.call("POST", "/v1/pools", pool(""));
    bench.call("POST", "/v1/pools/a%20pool/start", "");
    bench.call("POST", "/v1/pools", pool("<title>new</title>"));
    assertFalse(bench.call("GET", "/v1/pools/a%20pool/xml", "").body().contains("<title>"));
    Reply next = bench.call("GET", "/v1/pools/a%20pool/xml?inactive=true", "");
    assertEquals("application/xml", next.type());
    assertTrue(next.body().contains("<title>new</title>"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST|/v1/pools|<entropypool>|400|INVALID_XML",
        "POST|/v1/pools|<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>|400|INVALID_XML",
        "POST|/v1/pools||400|INVALID_XML",
        "GET|/v1/pools?filter=green||400|INVALID_ARGUMENT",
        "PUT|/v1/pools||405|METHOD",
        "POST|/v1/pools/none/start||404|NOT_FOUND",
        "GET|/v1/pools/none/xml||404|NOT_FOUND",
        "GET|/v1/pools/none/color||404|NO_SUCH_PATH",
        "GET|/v1/pools/a/b/c||404|NO_SUCH_PATH",
        "GET|/v2||404|NO_SUCH_PATH",
        "DELETE|/v1/events||405|METHOD",
        "DELETE|/metrics||405|METHOD",
      })
  @DisplayName("should refuse in one sentence what can't be done")
  void refuses(String method, String path, String body, int status, String error)
      throws IOException {
    Reply reply = bench.call(method, path, body == null ? "" : body);
    assertEquals(status, reply.status(), reply.body());
    assertEquals(error, reply.json().getString("error"));
    assertFalse(reply.json().getString("message").isEmpty());
    assertFalse(reply.body().contains("Exception"), reply.body());
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/pools/../../etc/passwd",
    "/v1/pools/%2e%2e/start",
    "/v1/pools/a%2fb",
    "//v1/pools",
    "/v1/pools/a;b=c/../x"
  })
  @DisplayName("should not be led astray by a path")
  void refusesPaths(String path) throws IOException {
    Reply reply = bench.call("GET", path, "");
    assertTrue(reply.status() == 400 || reply.status() == 404, () -> reply.toString());
    assertFalse(reply.body().contains("Exception"), reply.body());
  }

  @Test
  @DisplayName("should stream events to whoever reads them")
  void streamsEvents() throws IOException {
    try (SocketChannel channel = bench.open()) {
      channel.write(
          ByteBuffer.wrap(
              "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.UTF_8)));
      InputStream in = Channels.newInputStream(channel);
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      String line = lines.readLine();
      assertEquals("HTTP/1.1 200 OK", line);
      // Up to the empty line that says that nothing is missed from now on.
      while (!line.equals("1")) {
        line = lines.readLine();
      }
      bench.call("POST", "/v1/pools", pool(""));
      bench.call("POST", "/v1/pools/a%20pool/start", "");
      bench.call("POST", "/v1/pools/a%20pool/stop", "");
      List<String> kinds = new ArrayList<>();
      while (kinds.size() < 3) {
        line = lines.readLine();
        if (line.startsWith("{")) {
          try (JsonReader reader = Json.createReader(new StringReader(line))) {
            JsonObject event = reader.readObject();
            assertEquals("a pool", event.getString("pool"));
            assertEquals(kinds.size() + 1, event.getInt("sequence"));
            kinds.add(event.getString("event"));
          }
        }
      }
      assertEquals(List.of("defined", "started", "stopped"), kinds);
    }
  }

  @Test
  @DisplayName("should tell how things are with libvirt and its guests")
  void libvirt() throws IOException {
    assertEquals("unused", bench.call("GET", "/v1/libvirt", "").json().getString("state"));
    assertFalse(bench.call("GET", "/metrics", "").body().contains("libvirt"));
    bench.stop();
    PlacedDevice served =
        new PlacedDevice(
            "g", new UUID(1, 2), "rng0", Optional.of("/run/g"), "p", "c", State.SERVED, "");
    PlacedDevice refused =
        new PlacedDevice(
            "g", new UUID(1, 2), "rng1", Optional.empty(), "", "", State.REFUSED, "it's broken");
    LibvirtReport report =
        new LibvirtReport(
            "qemu:///system",
            "default",
            new ConnectionReport(false, "it is away", 2, 1, 30, 4, 1_500_000_000),
            List.of(served, refused));
    bench.start(report);
    JsonObject json = bench.call("GET", "/v1/libvirt", "").json();
    assertEquals("disconnected", json.getString("state"));
    assertEquals("it is away", json.getString("message"));
    assertEquals(4, json.getInt("domains"));
    assertEquals(1_500_000_000, json.getInt("waitingNanos"));
    assertEquals(
        "{\"domain\":\"g\",\"uuid\":\"00000000-0000-0001-0000-000000000002\",\"alias\":\"rng0\","
            + "\"pool\":\"p\",\"class\":\"c\",\"state\":\"served\",\"reason\":\"\","
            + "\"socket\":\"/run/g\"}",
        json.getJsonArray("devices").get(0).toString());
    String metrics = bench.call("GET", "/metrics", "").body();
    assertTrue(metrics.contains("\nvirtentropy_libvirt_connected 0\n"), metrics);
    assertTrue(metrics.contains("\nvirtentropy_libvirt_losses_total 1\n"), metrics);
    assertTrue(metrics.contains("\nvirtentropy_libvirt_waiting_seconds 1.5\n"), metrics);
    assertTrue(metrics.contains("virtentropy_libvirt_devices{state=\"refused\"} 1\n"), metrics);
  }

  @Test
  @DisplayName("should describe every path that it answers, and no other")
  void describes() throws IOException {
    Reply document = bench.call("GET", "/v1/openapi.json", "");
    JsonObject paths = document.json().getJsonObject("paths");
    Map<String, String> plain = Map.of("{pool}", "none");
    assertEquals(10, paths.size());
    for (String path : paths.keySet()) {
      if (path.equals("/v1/events")) {
        continue; // it would not end
      }
      for (String method : paths.getJsonObject(path).keySet()) {
        String called = path;
        for (Map.Entry<String, String> each : plain.entrySet()) {
          called = called.replace(each.getKey(), each.getValue());
        }
        Reply reply = bench.call(method.toUpperCase(java.util.Locale.ROOT), called, "");
        assertTrue(
            paths
                .getJsonObject(path)
                .getJsonObject(method)
                .getJsonObject("responses")
                .containsKey(Integer.toString(reply.status())),
            method + " " + path + " gave " + reply);
      }
    }
  }
}

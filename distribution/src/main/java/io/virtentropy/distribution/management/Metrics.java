package io.virtentropy.distribution.management;

import io.virtentropy.distribution.libvirt.ConnectionReport;
import io.virtentropy.distribution.libvirt.LibvirtReport;
import io.virtentropy.distribution.libvirt.PlacedDevice;
import io.virtentropy.distribution.serving.ClassReport;
import io.virtentropy.distribution.serving.ClientReport;
import io.virtentropy.distribution.serving.PoolReport;
import io.virtentropy.distribution.serving.SourceReport;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** What is counted, in Prometheus's text form, version 0.0.4. */
final class Metrics {
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final double NANOS = 1e9;

  private final Map<String, PoolReport> pools;
  private final Optional<LibvirtReport> libvirt;
  private final StringBuilder out = new StringBuilder();

  private Metrics(Map<String, PoolReport> pools, Optional<LibvirtReport> libvirt) {
    this.pools = pools;
    this.libvirt = libvirt;
  }

  static String of(Map<String, PoolReport> pools, Optional<LibvirtReport> libvirt) {
    Metrics metrics = new Metrics(pools, libvirt);
    metrics.write();
    return metrics.out.toString();
  }

  private void write() {
    head("virtentropy_pool_source_failures_total", "counter", "How often sources failed.");
    pools.forEach(
        (pool, report) ->
            line("virtentropy_pool_source_failures_total", pool, "", report.sourceFailures()));
    sources();
    head("virtentropy_pool_clients", "gauge", "Clients that are connected.");
    pools.forEach(
        (pool, report) ->
            line(
                "virtentropy_pool_clients",
                pool,
                "",
                report.clients().stream().filter(ClientReport::connected).count()));
    connectedClients();
    classes("granted_bytes_total", "Bytes that clients were granted.", ClassReport::granted);
    classes("lent_bytes_total", "Bytes lent beyond a guarantee.", ClassReport::lent);
    classSeconds(
        "throttled_seconds_total",
        "How long somebody waited for the class.",
        c -> c.throttledNanos() / NANOS);
    clients("delivered_bytes_total", "counter", "Bytes of entropy.", ClientReport::delivered);
    clients("owed_bytes", "gauge", "Bytes asked for and not given.", ClientReport::owed);
    libvirt.ifPresent(this::libvirt);
  }

  private void libvirt(LibvirtReport report) {
    ConnectionReport connection = report.connection();
    single("libvirt_connected", "gauge", "Whether libvirt is.", connection.connected() ? 1 : 0);
    single("libvirt_connects_total", "counter", "Connections made.", connection.connects());
    single("libvirt_losses_total", "counter", "Connections lost.", connection.losses());
    single("libvirt_reads_total", "counter", "Times a domain was read.", connection.reads());
    single(
        "libvirt_waiting_seconds",
        "gauge",
        "How long it has owed an answer.",
        connection.waitingNanos() / NANOS);
    single("libvirt_domains", "gauge", "Domains that run.", connection.domains());
    String metric = "virtentropy_libvirt_devices";
    head(metric, "gauge", "Entropy devices of these.");
    for (PlacedDevice.State state : PlacedDevice.State.values()) {
      out.append(metric)
          .append("{state=\"")
          .append(state.word())
          .append("\"} ")
          .append(report.devices().stream().filter(d -> d.state() == state).count())
          .append('\n');
    }
  }

  private void single(String name, String type, String help, Object value) {
    String metric = "virtentropy_" + name;
    head(metric, type, help);
    out.append(metric).append(' ').append(value).append('\n');
  }

  /** Numbered, since a pool may have two of one name. */
  private void sources() {
    sources("delivered_bytes_total", "counter", "Bytes drawn.", SourceReport::delivered);
    sources("failures_total", "counter", "How often it failed.", SourceReport::failures);
    sources("serving", "gauge", "Whether what is delivered is its.", s -> s.serving() ? 1 : 0);
    for (String state : SourceReport.STATES) {
      sources(state, "gauge", "Whether it is " + state + ".", s -> s.state().equals(state) ? 1 : 0);
    }
  }

  private void sources(String name, String type, String help, ToLongFunction<SourceReport> value) {
    String metric = "virtentropy_source_" + name;
    head(metric, type, help);
    pools.forEach(
        (pool, report) -> {
          int number = 0;
          for (SourceReport s : report.sources()) {
            String labels = label("number", Integer.toString(++number)) + label("source", s.name());
            line(metric, pool, labels, value.applyAsLong(s));
          }
        });
  }

  private void connectedClients() {
    String metric = "virtentropy_class_clients";
    head(metric, "gauge", "Clients that are connected.");
    pools.forEach(
        (pool, report) -> {
          Map<String, Long> connected =
              report.clients().stream()
                  .filter(ClientReport::connected)
                  .collect(Collectors.groupingBy(ClientReport::className, Collectors.counting()));
          report
              .classes()
              .forEach(
                  c ->
                      line(
                          metric,
                          pool,
                          label("class", c.name()),
                          connected.getOrDefault(c.name(), 0L)));
        });
  }

  private void classes(String name, String help, ToLongFunction<ClassReport> value) {
    String metric = "virtentropy_class_" + name;
    head(metric, "counter", help);
    pools.forEach(
        (pool, report) ->
            report
                .classes()
                .forEach(c -> line(metric, pool, label("class", c.name()), value.applyAsLong(c))));
  }

  private void classSeconds(String name, String help, ToDoubleFunction<ClassReport> value) {
    String metric = "virtentropy_class_" + name;
    head(metric, "counter", help);
    pools.forEach(
        (pool, report) ->
            report
                .classes()
                .forEach(
                    c -> line(metric, pool, label("class", c.name()), value.applyAsDouble(c))));
  }

  /** Of guests only: whoever connects has a new name each time, and made a new series of each. */
  private void clients(String name, String type, String help, ToLongFunction<ClientReport> value) {
    String metric = "virtentropy_client_" + name;
    head(metric, type, help);
    Function<ClientReport, String> labels =
        c -> label("class", c.className()) + label("client", c.name());
    pools.forEach(
        (pool, report) ->
            report.clients().stream()
                .filter(ClientReport::guest)
                .forEach(c -> line(metric, pool, labels.apply(c), value.applyAsLong(c))));
  }

  private void head(String metric, String type, String help) {
    out.append("# HELP ").append(metric).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(metric).append(' ').append(type).append('\n');
  }

  private void line(String metric, String pool, String labels, Object value) {
    out.append(metric)
        .append("{pool=\"")
        .append(escape(pool))
        .append('"')
        .append(labels)
        .append("} ")
        .append(value)
        .append('\n');
  }

  private static String label(String name, String value) {
    return "," + name + "=\"" + escape(value) + "\"";
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}

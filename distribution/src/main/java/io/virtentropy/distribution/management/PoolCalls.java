package io.virtentropy.distribution.management;

import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.libvirt.LibvirtReport;
import io.virtentropy.distribution.registry.PoolException;
import io.virtentropy.distribution.registry.PoolRegistry.Filter;
import io.virtentropy.distribution.registry.PoolStatus;
import io.virtentropy.distribution.serving.PoolReport;
import io.virtentropy.distribution.xml.InvalidXmlException;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.util.Fields;

/** Answers calls about pools. Any thread may ask. */
final class PoolCalls {
  private static final String POOLS = "/v1/pools";

  /** A pool's thread does nothing that takes long. */
  private static final long REPORT_SECONDS = 10;

  private final PoolControl control;
  private final Optional<Supplier<LibvirtReport>> libvirt;

  PoolCalls(PoolControl control, Optional<Supplier<LibvirtReport>> libvirt) {
    this.control = control;
    this.libvirt = libvirt;
  }

  /**
   * Answers a call.
   *
   * @param method HTTP's
   * @param path decoded
   * @param query its parameters
   * @param body may be empty
   */
  Answer answer(String method, String path, Fields query, String body) throws InterruptedException {
    try {
      return route(method, path, query, body);
    } catch (PoolException e) {
      return Answer.error(status(e.reason()), e.reason().name(), e.getMessage());
    } catch (InvalidXmlException e) {
      return Answer.error(HttpStatus.BAD_REQUEST_400, "INVALID_XML", e.getMessage());
    } catch (UnacceptableException e) {
      return Answer.error(HttpStatus.BAD_REQUEST_400, "INVALID_ARGUMENT", e.getMessage());
    }
  }

  /** An argument that isn't acceptable. */
  private static final class UnacceptableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnacceptableException(String message) {
      super(message);
    }
  }

  private static int status(PoolException.Reason reason) {
    return switch (reason) {
      case NOT_FOUND -> HttpStatus.NOT_FOUND_404;
      case NAME_TAKEN, UUID_TAKEN, ACTIVE, INACTIVE -> HttpStatus.CONFLICT_409;
      case START_FAILED, STORE_FAILED -> HttpStatus.INTERNAL_SERVER_ERROR_500;
    };
  }

  private Answer route(String method, String path, Fields query, String body)
      throws InterruptedException {
    if (path.equals("/metrics")) {
      return only("GET", method, path, this::metrics);
    }
    if (path.equals("/v1/libvirt")) {
      return only("GET", method, path, this::libvirt);
    }
    if (path.equals("/v1/openapi.json")) {
      return only("GET", method, path, PoolCalls::openApi);
    }
    if (path.equals(POOLS)) {
      return switch (method) {
        case "GET" -> list(query);
        case "POST" -> define(body);
        default -> wrongMethod(method, path, "GET and POST are");
      };
    }
    if (path.startsWith(POOLS + "/")) {
      String[] parts = path.substring(POOLS.length() + 1).split("/", -1);
      if (parts.length <= 2 && !parts[0].isEmpty()) {
        return pool(method, path, parts[0], parts.length == 1 ? "" : parts[1], query);
      }
    }
    return noSuchPath(path);
  }

  private static Answer noSuchPath(String path) {
    return Answer.error(
        HttpStatus.NOT_FOUND_404,
        "NO_SUCH_PATH",
        "nothing is called " + path + "; /v1/openapi.json tells what is");
  }

  private static Answer wrongMethod(String method, String path, String accepted) {
    return Answer.error(
        HttpStatus.METHOD_NOT_ALLOWED_405,
        "METHOD",
        method + " on " + path + "; " + accepted + " accepted");
  }

  /** A call without arguments. */
  private interface Call {
    Answer answer() throws InterruptedException;
  }

  private static Answer only(String accepted, String method, String path, Call call)
      throws InterruptedException {
    return method.equals(accepted) ? call.answer() : wrongMethod(method, path, accepted + " is");
  }

  private Answer pool(String method, String path, String id, String what, Fields query)
      throws InterruptedException {
    return switch (what) {
      case "" ->
          switch (method) {
            case "GET" -> info(id);
            case "DELETE" -> {
              control.undefine(id);
              yield Answer.DONE;
            }
            default -> wrongMethod(method, path, "GET and DELETE are");
          };
      case "xml" ->
          only(
              "GET",
              method,
              path,
              () -> {
                String xml = control.xml(id, flag(query, "inactive"));
                return new Answer(HttpStatus.OK_200, "application/xml", xml);
              });
      case "start" ->
          only(
              "POST",
              method,
              path,
              () -> {
                control.create(id);
                return Answer.DONE;
              });
      case "stop" ->
          only(
              "POST",
              method,
              path,
              () -> {
                control.destroy(id, flag(query, "graceful"));
                return Answer.DONE;
              });
      case "autostart" ->
          only(
              "PUT",
              method,
              path,
              () -> {
                control.setAutostart(id, flag(query, "enabled"));
                return Answer.DONE;
              });
      default -> noSuchPath(path);
    };
  }

  private static boolean flag(Fields query, String name) {
    String value = query.getValue(name);
    if (value == null || value.equals("false")) {
      return false;
    }
    if (value.equals("true") || value.isEmpty()) {
      return true;
    }
    throw new UnacceptableException(name + "=" + value + "; true and false are accepted");
  }

  private Answer list(Fields query) {
    String wanted = Optional.ofNullable(query.getValue("filter")).orElse("all");
    Filter filter;
    try {
      filter = Filter.valueOf(wanted.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new UnacceptableException(
          "filter=" + wanted + "; all, active, inactive and autostart are accepted");
    }
    JsonArrayBuilder pools = Json.createArrayBuilder();
    control.list(filter).forEach(pool -> pools.add(PoolJson.pool(pool)));
    return Answer.json(HttpStatus.OK_200, pools.build());
  }

  private Answer define(String body) {
    PoolStatus pool = control.define("request", body);
    return Answer.json(HttpStatus.OK_200, PoolJson.pool(pool));
  }

  private Answer info(String id) throws InterruptedException {
    PoolStatus pool = control.lookup(id);
    JsonObjectBuilder json = Json.createObjectBuilder(PoolJson.pool(pool));
    if (pool.isActive()) {
      json.add("report", PoolJson.report(report(id)));
    }
    return Answer.json(HttpStatus.OK_200, json.build());
  }

  private PoolReport report(String id) throws InterruptedException {
    try {
      return control.report(id).get(REPORT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof PoolException known) {
        throw known;
      }
      throw new IllegalStateException("the report of pool '" + id + "' failed", e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("pool '" + id + "' doesn't answer", e);
    }
  }

  private Answer metrics() throws InterruptedException {
    Map<String, PoolReport> reports = new LinkedHashMap<>();
    for (PoolStatus pool : control.list(Filter.ACTIVE)) {
      String name = pool.definition().name();
      try {
        reports.put(name, report(name));
      } catch (PoolException e) {
        // It was stopped in between, and has nothing to tell any more.
      }
    }
    return new Answer(
        HttpStatus.OK_200, Metrics.TYPE, Metrics.of(reports, libvirt.map(Supplier::get)));
  }

  private Answer libvirt() {
    return Answer.json(HttpStatus.OK_200, LibvirtJson.report(libvirt.map(Supplier::get)));
  }

  private static Answer openApi() {
    try (InputStream in = PoolCalls.class.getResourceAsStream("openapi.json")) {
      return new Answer(
          HttpStatus.OK_200,
          "application/json",
          new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException("openapi.json can't be read", e);
    }
  }
}

package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.ratelimit.NanoClock;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What follows {@code egd:} in the string form of a source.
 *
 * <pre>
 *   unix:PATH   tcp:HOST:PORT   tls:HOST:PORT   udp:HOST:PORT
 *   pipe:PATH   dev:PATH        file:PATH?input=PATH
 *
 *   ?listen&amp;pki=DIRECTORY&amp;window=N&amp;connect-timeout=10s&amp;timeout=60s&amp;give-up=0s&amp;retry=100ms..30s&amp;qemu
 * </pre>
 *
 * <p>In a path, {@code %XX} stands for the byte XX; a path that holds {@code ?} or {@code %} needs
 * it.
 */
final class EgdSpec {
  static final String USAGE =
      "egd:unix:PATH, egd:tcp:HOST:PORT, egd:tls:HOST:PORT?pki=DIRECTORY, egd:udp:HOST:PORT,"
          + " egd:pipe:PATH, egd:dev:FILE or egd:file:FILE?input=FILE";

  private static final Set<String> OPTIONS =
      new TreeSet<>(
          Set.of(
              "connect-timeout",
              "give-up",
              "input",
              "listen",
              "pki",
              "qemu",
              "retry",
              "timeout",
              "window"));

  private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})(ms|s|m)");

  private final String text;
  private final String kind;
  private final String place;
  private final TreeMap<String, String> options = new TreeMap<>();

  EgdSpec(String text) {
    this.text = text;
    int mark = text.indexOf('?');
    String location = mark < 0 ? text : text.substring(0, mark);
    int colon = location.indexOf(':');
    if (colon < 0) {
      throw wrong("has no kind of connection before a colon; accepted are " + USAGE);
    }
    kind = location.substring(0, colon);
    place = location.substring(colon + 1);
    if (mark >= 0) {
      for (String option : text.substring(mark + 1).split("&", -1)) {
        int equals = option.indexOf('=');
        String name = equals < 0 ? option : option.substring(0, equals);
        if (!OPTIONS.contains(name)) {
          throw wrong("has an option '" + name + "'; accepted are " + String.join(", ", OPTIONS));
        }
        if (options.put(name, equals < 0 ? "" : option.substring(equals + 1)) != null) {
          throw wrong("has the option '" + name + "' twice");
        }
      }
    }
  }

  EgdAddress address() {
    boolean listen = flag("listen");
    EgdAddress address =
        switch (kind) {
          case "unix" -> new EgdAddress.Unix(path(place), listen);
          case "tcp" -> new EgdAddress.Tcp(host(), port(), listen, false);
          case "tls" -> new EgdAddress.Tcp(host(), port(), listen, true);
          case "udp" -> new EgdAddress.Udp(host(), port());
          case "pipe" -> new EgdAddress.Pipe(path(place));
          case "dev" -> new EgdAddress.Device(path(place));
          case "file" -> {
            if (!options.containsKey("input")) {
              throw wrong(
                  "does not say where replies come from; egd:file:FILE?input=FILE is accepted");
            }
            yield new EgdAddress.Files(path(place), path(options.get("input")));
          }
          default -> throw wrong("has a kind of connection '" + kind + "'; accepted are " + USAGE);
        };
    if (listen && !address.listen()) {
      throw wrong("can't listen; unix, tcp and tls can");
    }
    return address;
  }

  /** Sets what the options say. */
  void applyTo(EgdBackend.Builder builder) {
    if (options.containsKey("window")) {
      builder.window(number(options.get("window"), EgdBackend.MAX_WINDOW));
    }
    if (options.containsKey("connect-timeout")) {
      builder.connectTimeout(duration("connect-timeout", 1));
    }
    if (options.containsKey("timeout")) {
      builder.replyTimeout(duration("timeout", 0));
    }
    if (options.containsKey("give-up")) {
      builder.requestTimeout(duration("give-up", 0));
    }
    if (options.containsKey("retry")) {
      String[] range = options.get("retry").split("\\.\\.", -1);
      Duration first = duration("retry", range[0], 1);
      Duration longest = range.length == 2 ? duration("retry", range[1], 1) : first;
      if (range.length > 2 || longest.compareTo(first) < 0) {
        throw wrong(
            "has 'retry=" + options.get("retry") + "'; a range such as 100ms..30s is accepted");
      }
      builder.retry(first, longest);
    }
    if (options.containsKey("pki")) {
      builder.tls(
          PemCredentials.open(
              path(options.get("pki")),
              flag("listen"),
              TlsPeers.ALL,
              NanoClock.system(),
              EgdLog::trouble));
    }
    if (flag("qemu")) {
      builder.qemuCompatible();
    }
  }

  private boolean flag(String name) {
    String value = options.get(name);
    if (value != null && !value.isEmpty()) {
      throw wrong("has '" + name + "=" + value + "'; " + name + " takes no value");
    }
    return value != null;
  }

  private Path path(String written) {
    try {
      // A plus is a plus in a path, unlike in a form.
      String decoded = URLDecoder.decode(written.replace("+", "%2B"), StandardCharsets.UTF_8);
      if (decoded.isEmpty()) {
        throw wrong("has an empty path");
      }
      return Path.of(decoded);
    } catch (InvalidPathException e) {
      throw wrong("has a path '" + written + "' that is none: " + e.getReason());
    } catch (IllegalArgumentException e) {
      throw wrong("has a path '" + written + "'; a % is written %25 there");
    }
  }

  private int colonOfPort() {
    int colon = place.lastIndexOf(':');
    if (colon < 0) {
      throw wrong("has no port; " + kind + ":HOST:PORT is accepted");
    }
    return colon;
  }

  private String host() {
    String host = place.substring(0, colonOfPort());
    if (host.startsWith("[") && host.endsWith("]")) {
      return host.substring(1, host.length() - 1);
    }
    if (host.indexOf(':') >= 0) {
      throw wrong("has an address of IPv6 without brackets; [ADDRESS]:PORT is accepted");
    }
    return host;
  }

  private int port() {
    return number(place.substring(colonOfPort() + 1), 0xffff);
  }

  private int number(String written, int most) {
    if (!written.matches("[0-9]{1,9}") || Integer.parseInt(written) > most) {
      throw wrong("has '" + written + "'; a number up to " + most + " is accepted");
    }
    return Integer.parseInt(written);
  }

  private Duration duration(String name, long leastMillis) {
    return duration(name, options.get(name), leastMillis);
  }

  private Duration duration(String name, String written, long leastMillis) {
    Matcher matcher = DURATION.matcher(written);
    Duration duration =
        matcher.matches()
            ? switch (matcher.group(2)) {
              case "ms" -> Duration.ofMillis(Long.parseLong(matcher.group(1)));
              case "s" -> Duration.ofSeconds(Long.parseLong(matcher.group(1)));
              default -> Duration.ofMinutes(Long.parseLong(matcher.group(1)));
            }
            : null;
    if (duration == null || duration.toMillis() < leastMillis) {
      throw wrong(
          "has '"
              + name
              + "="
              + written
              + "'; a time such as 500ms, 10s or 2m is accepted"
              + (leastMillis > 0 ? ", not none" : ""));
    }
    return duration;
  }

  private EntropySourceException wrong(String what) {
    return new EntropySourceException(Reason.UNSUITABLE, "'egd:" + text + "' " + what);
  }
}

package io.virtentropy.conformance.libvirt;

import io.virtentropy.conformance.guest.CommandProcess;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The command {@code virtentropy} as a process, and what it says. */
final class PoolDaemon {
  private final String what;
  private final Process process;
  private final List<String> lines = new ArrayList<>();
  private boolean ended;

  private PoolDaemon(String what, Process process) {
    this.what = what;
    this.process = process;
    Thread reader = new Thread(this::read, "reader of " + what);
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts it; the kernel ends it with the thread that did. */
  static PoolDaemon start(String... arguments) throws IOException {
    ProcessBuilder builder = CommandProcess.with(List.of(arguments));
    builder.command().addAll(0, List.of("setpriv", "--pdeathsig", "KILL"));
    LibvirtSession.withoutAutostart(builder);
    return new PoolDaemon(arguments[0], builder.start());
  }

  private void read() {
    try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
      String line = in.readLine();
      while (line != null) {
        add(line);
        line = in.readLine();
      }
    } catch (IOException e) {
      add("its output can't be read: " + e.getMessage());
    }
    synchronized (lines) {
      ended = true;
      lines.notifyAll();
    }
  }

  private void add(String line) {
    synchronized (lines) {
      lines.add(line);
      lines.notifyAll();
    }
  }

  /** How many lines it has said. */
  int said() {
    synchronized (lines) {
      return lines.size();
    }
  }

  /** Those of its lines since one that hold some words. */
  List<String> saidSince(int from, String... words) {
    synchronized (lines) {
      return lines.subList(from, lines.size()).stream().filter(with(words)).toList();
    }
  }

  private static Predicate<String> with(String... words) {
    return line -> List.of(words).stream().allMatch(line::contains);
  }

  /** Waits for a line, among those since one, that holds some words. */
  String await(int from, String... words) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(FileWatch.DEADLINE_SECONDS);
    synchronized (lines) {
      while (true) {
        List<String> found = saidSince(from, words);
        if (!found.isEmpty()) {
          return found.get(0);
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (ended || left <= 0) {
          throw new AssertionError(
              what
                  + (ended ? " ended and" : "")
                  + " never said "
                  + List.of(words)
                  + ", but\n"
                  + String.join("\n", lines));
        }
        lines.wait(left);
      }
    }
  }

  /** SIGKILL; returns when it is gone. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /**
   * How a pool is.
   *
   * @param nanoTime when, by the daemon's monotonic clock
   * @param granted by class, in bytes
   * @param delivered by client, in bytes
   */
  record Report(long nanoTime, Map<String, Long> granted, Map<String, Long> delivered) {
    private static Report of(JsonObject json) {
      Map<String, Long> granted = new LinkedHashMap<>();
      for (JsonValue value : json.getJsonArray("classes")) {
        JsonObject c = value.asJsonObject();
        granted.put(c.getString("name"), c.getJsonNumber("granted").longValueExact());
      }
      Map<String, Long> delivered = new LinkedHashMap<>();
      for (JsonValue value : json.getJsonArray("clients")) {
        JsonObject c = value.asJsonObject();
        delivered.put(c.getString("name"), c.getJsonNumber("delivered").longValueExact());
      }
      return new Report(json.getJsonNumber("nanoTime").longValueExact(), granted, delivered);
    }
  }

  /** Asks over the control socket. */
  static Report report(Path control, String pool) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(control))) {
      String request = "GET /v1/pools/" + pool + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      String answer =
          new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
      int body = answer.indexOf("\r\n\r\n");
      if (!answer.startsWith("HTTP/1.1 200 ") || body < 0) {
        throw new IOException("the daemon answered: " + answer);
      }
      try (var reader = Json.createReader(new StringReader(answer.substring(body)))) {
        return Report.of(reader.readObject().getJsonObject("report"));
      }
    }
  }
}

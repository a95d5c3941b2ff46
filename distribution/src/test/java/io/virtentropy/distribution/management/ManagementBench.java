package io.virtentropy.distribution.management;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.libvirt.LibvirtReport;
import io.virtentropy.distribution.management.ManagementServer.Access;
import io.virtentropy.distribution.registry.DirectoryStore;
import io.virtentropy.ratelimit.NanoClock;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/** A management server to be spoken to over its socket, in HTTP written by hand. */
final class ManagementBench implements AutoCloseable {
  private static final String POOL =
      "<entropypool><name>a pool</name><uuid>0b1c5ed2-0b4f-4f0a-8a5e-7c1f3f7b9a02</uuid>"
          + "<source type='char'><device path='/dev/x'/></source>"
          + "<classes default='free'><class name='free'/></classes>%s</entropypool>";

  final Path socket;
  final PoolControl control;
  private ManagementServer server;

  record Reply(int status, String type, String body) {
    JsonObject json() {
      try (JsonReader reader = Json.createReader(new StringReader(body))) {
        return reader.readObject();
      }
    }

    JsonArray list() {
      try (JsonReader reader = Json.createReader(new StringReader(body))) {
        return reader.readArray();
      }
    }
  }

  ManagementBench(Path folder) throws IOException {
    socket = folder.resolve("control");
    control =
        new PoolControl(
            new DirectoryStore(folder.resolve("pools")),
            spec -> new CounterBackend(1),
            NanoClock.system(),
            Thread::new,
            new EventStream(InstantSource.system()));
    start(Set.of());
  }

  /** Starts a server; one that was started before has been stopped. */
  void start(Set<String> users) throws IOException {
    server = ManagementServer.start(socket, new Access(UnixSocketAccess.DEFAULT, users), control);
  }

  /** The same, with a libvirt. */
  void start(LibvirtReport report) throws IOException {
    server =
        ManagementServer.start(
            socket,
            new Access(UnixSocketAccess.DEFAULT, Set.of()),
            control,
            Optional.of(() -> report));
  }

  /** The same, where a request has so long to become whole, and silence is no matter. */
  void startWithin(int seconds) throws IOException {
    server =
        ManagementServer.start(
            socket,
            new Access(UnixSocketAccess.DEFAULT, Set.of()),
            control,
            Optional.empty(),
            seconds,
            0);
  }

  void stop() {
    server.close();
  }

  @Override
  public void close() {
    server.close();
    control.close();
  }

  Reply call(String method, String path, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return raw(
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n"
            + body);
  }

  Reply raw(String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      offer(channel, request);
      String all = rest(channel);
      String[] parts = all.split("\r\n\r\n", 2);
      String type = "";
      for (String line : parts[0].split("\r\n", -1)) {
        if (line.startsWith("Content-Type: ")) {
          type = line.substring("Content-Type: ".length());
        }
      }
      return new Reply(Integer.parseInt(parts[0].split(" ", 3)[1]), type, parts[1]);
    }
  }

  SocketChannel open() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  static void write(SocketChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  static String head(String call, String headers) {
    return call + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n\r\n";
  }

  static BufferedReader lines(SocketChannel channel) {
    return new BufferedReader(
        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
  }

  /** Sends to a server that may have had enough, which its answer tells, or its silence. */
  static void offer(SocketChannel channel, String text) {
    try {
      write(channel, text);
    } catch (IOException e) {
      assertTrue(channel.isOpen(), e::toString);
    }
  }

  /**
   * All that still comes until the server ends the connection, which is a reset where it has left
   * something unread.
   */
  static String rest(SocketChannel channel) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer in = ByteBuffer.allocate(8192);
    try {
      while (channel.read(in.clear()) >= 0) {
        all.write(in.array(), 0, in.position());
      }
    } catch (IOException e) {
      assertTrue(channel.isOpen(), e::toString);
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  static String pool(String rest) {
    return POOL.replace("%s", rest);
  }
}

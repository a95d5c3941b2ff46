package io.virtentropy.conformance.egd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Simtec's {@code ekeyd}, a process of its own. It has no key; what a test supplies is handed to it
 * over its control socket, and goes the way of a key's bytes from there.
 */
final class EkeydServer implements EgdServerUnderTest {
  /** Where it differs from the model. Found by running it, explained by its Lua code. */
  static final List<EgdDeviation> DEVIATIONS =
      List.of(
          new EgdDeviation(EgdQuirk.NEWEST_FIRST, "its store is a stack of packets"),
          new EgdDeviation(
              EgdQuirk.WAITING_READ_WHOLE,
              "what comes later is given out once it is enough for all who wait"),
          new EgdDeviation(
              EgdQuirk.STALLS_BEHIND_WAIT,
              "when a read has been served, one command behind it is looked at, and the next only"
                  + " when more input comes"),
          new EgdDeviation(
              EgdQuirk.KEEPS_THE_GONE_WAITING,
              "a client that is gone is on the list of those who wait until the next garbage"
                  + " collection"),
          new EgdDeviation(
              EgdQuirk.STALLS_ON_EMPTY_WRITE,
              "it asks its buffer for no bytes, and takes getting none for too few"),
          new EgdDeviation(
              EgdQuirk.STALLS_ON_LONG_INPUT,
              100,
              "input is handled byte by byte, and after 10,000 instructions a guard against"
                  + " denial of service breaks off; what was buffered by then waits for more input"),
          new EgdDeviation(
              EgdQuirk.DROPS_AT_HALF_CLOSE, "the end of input closes the connection at once"),
          new EgdDeviation(EgdQuirk.NEGATIVE_PID, "it tells nobody, and answers -1"));

  private static final Duration PATIENCE = EgdConversation.PATIENCE;
  private static final byte[] GREETING = "PROTOCOL EKEYD/1\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DONE = "OK\n".getBytes(StandardCharsets.US_ASCII);

  private final Path folder;
  private final Process process;
  private final EgdLine control;

  EkeydServer() throws IOException {
    folder = Files.createTempDirectory("ekeyd");
    Path configuration = folder.resolve("ekeyd.conf");
    Files.writeString(
        configuration,
        "Daemonise(false)\nEGDUnixSocket(\"%s\")\nUnixControlSocket(\"%s\")\nReady()\n"
            .formatted(folder.resolve("egd"), folder.resolve("control")));
    ProcessBuilder ekeyd =
        EgdPrograms.program(
                "ekeyd", "-f", configuration.toString(), "-p", folder.resolve("pid").toString())
            .redirectErrorStream(true);
    ekeyd.environment().put("LUA_PATH", Path.of("egd", "ekeyd", "?.lua").toAbsolutePath() + "");
    process = ekeyd.start();
    boolean ready = false;
    try {
      awaitReady();
      SocketAddress there = UnixDomainSocketAddress.of(folder.resolve("control"));
      control = new EgdLine(SocketChannel.open(there), PATIENCE);
      control.receive(GREETING.length, "ekeyd's greeting");
      ready = true;
    } finally {
      if (!ready) {
        stop();
      }
    }
  }

  /** It says so once its sockets are there; if it can't start, it says why and ends. */
  private void awaitReady() throws IOException {
    BufferedReader said =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    StringBuilder all = new StringBuilder();
    String line = said.readLine();
    while (!"ready".equals(line)) {
      if (line == null) {
        throw new AssertionError("ekeyd has not started: " + all);
      }
      all.append(line).append('\n');
      line = said.readLine();
    }
  }

  @Override
  public SocketAddress address() {
    return UnixDomainSocketAddress.of(folder.resolve("egd"));
  }

  /** Reads from all sockets go before commands on the control socket, but accepting comes first. */
  @Override
  public SocketChannel connect() throws IOException {
    SocketChannel connection = SocketChannel.open(address());
    EgdLine line = new EgdLine(connection, PATIENCE);
    line.send(new EgdStep.Level().encode());
    line.receive(Integer.BYTES, "ekeyd's first answer");
    return line.release();
  }

  @Override
  public void supply(byte[] bytes) throws IOException {
    StringBuilder command = new StringBuilder("AddEntropy(\"");
    for (byte b : bytes) {
      command.append("\\%03d".formatted(b & 0xff));
    }
    command.append("\")\n");
    control.send(command.toString().getBytes(StandardCharsets.US_ASCII));
    byte[] answer = control.receive(DONE.length, "ekeyd's answer to AddEntropy");
    if (!ByteBuffer.wrap(DONE).equals(ByteBuffer.wrap(answer))) {
      throw new AssertionError(
          "ekeyd does not take bytes: " + new String(answer, StandardCharsets.US_ASCII));
    }
  }

  @Override
  public List<EgdDeviation> deviations() {
    return DEVIATIONS;
  }

  private void stop() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while ekeyd ends", e);
    }
    try (Stream<Path> left = Files.list(folder)) {
      for (Path file : left.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  @Override
  public void close() throws IOException {
    control.close();
    stop();
  }
}

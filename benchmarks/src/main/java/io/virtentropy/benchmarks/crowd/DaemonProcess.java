package io.virtentropy.benchmarks.crowd;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A {@link CrowdDaemon} in a process of its own, with a folder of its own. */
final class DaemonProcess implements AutoCloseable {
  private final Path folder = Files.createTempDirectory("ve");
  private final Process process;
  private final BufferedWriter questions;
  private final BufferedReader answers;

  /** What it says of its memory, in bytes. */
  record Memory(long heap, long direct, long resident) {}

  /**
   * Starts it.
   *
   * @param jvmOptions separated by blanks
   */
  DaemonProcess(CrowdPool pool, String jvmOptions) throws IOException {
    Files.writeString(folder.resolve("pool.xml"), pool.xml(folder));
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (!jvmOptions.isEmpty()) {
      command.addAll(List.of(jvmOptions.split(" ", -1)));
    }
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            CrowdDaemon.class.getName(),
            folder.toString()));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    questions = process.outputWriter(StandardCharsets.US_ASCII);
    answers = process.inputReader(StandardCharsets.US_ASCII);
    if (answers.readLine() == null) {
      throw new IOException("the daemon did not start");
    }
  }

  Path folder() {
    return folder;
  }

  private String ask(String question) throws IOException {
    questions.write(question + "\n");
    questions.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException("the daemon ended instead of answering '" + question + "'");
    }
    return answer;
  }

  /** Has it connect to guests that listen. */
  void serve(int guests) throws IOException {
    String unused = ask("serve " + guests);
  }

  /** Bytes granted by class, with {@code at}, {@code clients} and {@code events} among them. */
  Map<String, Long> report() throws IOException {
    Map<String, Long> report = new HashMap<>();
    for (String part : ask("report").split(" ", -1)) {
      int equals = part.indexOf('=');
      report.put(part.substring(0, equals), Long.parseLong(part.substring(equals + 1)));
    }
    return report;
  }

  Memory memory() throws IOException {
    String[] parts = ask("memory").split(" ", -1);
    return new Memory(Long.parseLong(parts[0]), Long.parseLong(parts[1]), Long.parseLong(parts[2]));
  }

  /** Nanoseconds of processor time it has had. */
  long cpuNanos() throws IOException {
    return Long.parseLong(ask("cpu"));
  }

  /** Reads what a Prometheus would read; gives how many bytes that was. */
  long readMetrics() throws IOException {
    String request = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    long sum = 0;
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      boolean unused = channel.connect(UnixDomainSocketAddress.of(folder.resolve("control.sock")));
      ByteBuffer out = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
      while (out.hasRemaining()) {
        sum += 0L * channel.write(out);
      }
      ByteBuffer in = ByteBuffer.allocate(65_536);
      int n = channel.read(in);
      while (n >= 0) {
        sum += n;
        n = channel.read(in.clear());
      }
    }
    return sum;
  }

  @Override
  public void close() throws IOException {
    questions.close();
    try {
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException("the daemon ended with code " + code);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}

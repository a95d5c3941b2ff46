package io.virtentropy.conformance.libvirt;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A libvirtd of its own in session mode, without privileges and apart from the machine's. Closing
 * it ends it and all of its guests; so does the end of this JVM.
 */
final class LibvirtSession implements AutoCloseable {
  private static final Path SCRIPT = Path.of("libvirt", "session").toAbsolutePath();

  private final Path folder;
  private final Process session;
  private final Writer orders;
  private final BufferedReader answers;
  private long libvirtd;

  private LibvirtSession(Path folder, Process session) {
    this.folder = folder;
    this.session = session;
    this.orders = session.outputWriter(StandardCharsets.UTF_8);
    this.answers = session.inputReader(StandardCharsets.UTF_8);
  }

  /** Begins a session; libvirtd isn't started yet. */
  static LibvirtSession begin() throws IOException {
    Path folder = Files.createTempDirectory("ve");
    Process session =
        new ProcessBuilder(SCRIPT.toString(), folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    LibvirtSession begun = new LibvirtSession(folder, session);
    String answer = begun.answers.readLine();
    if (!"ready".equals(answer)) {
      begun.close();
      throw new IOException("there is no session; it said: " + answer);
    }
    return begun;
  }

  /** A file that the guests' user may not write. */
  Path file(String name) {
    return folder.resolve(name);
  }

  /** Where guests' files and sockets are. */
  Path guests() {
    return folder.resolve("guests");
  }

  /** How libvirtd is connected to. */
  String uri() {
    return "qemu+unix:///session?socket=" + folder.resolve("home/run/libvirt/libvirt-sock");
  }

  void startLibvirtd() throws IOException {
    orders.write("start\n");
    orders.flush();
    String answer = answers.readLine();
    if (answer == null || !answer.startsWith("started ")) {
      throw new IOException("libvirtd does not start: " + answer);
    }
    libvirtd = Long.parseLong(answer.substring("started ".length()));
  }

  /** SIGKILL; returns when it is gone. */
  void killLibvirtd() {
    ProcessHandle.of(libvirtd)
        .ifPresent(
            process -> {
              process.destroyForcibly();
              process.onExit().join();
            });
  }

  /** Sends a signal to a guest's QEMU. */
  void signalQemu(String guest, String signal) throws IOException, InterruptedException {
    Path pid = folder.resolve("home/run/libvirt/qemu/run").resolve(guest + ".pid");
    Process kill =
        new ProcessBuilder("kill", "-" + signal, Files.readString(pid).strip()).inheritIO().start();
    if (kill.waitFor() != 0) {
      throw new IOException("the QEMU of " + guest + " can't be sent " + signal);
    }
  }

  /**
   * Runs virsh.
   *
   * @return what it said
   */
  String virsh(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("virsh", "--quiet", "--connect", uri()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    withoutAutostart(builder);
    Process virsh = builder.start();
    String said = new String(virsh.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (virsh.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said);
    }
    return said;
  }

  /** libvirt's client would start a libvirtd of the user's in place of one that was killed. */
  static void withoutAutostart(ProcessBuilder builder) {
    builder.environment().put("LIBVIRT_AUTOSTART", "0");
  }

  @Override
  public void close() throws IOException {
    orders.close();
    boolean interrupted = false;
    while (session.isAlive()) {
      try {
        session.waitFor();
      } catch (InterruptedException e) {
        interrupted = true; // nothing is left behind all the same
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}

package io.virtentropy.conformance.guest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A Linux guest under QEMU, with an agent that answers on its second serial port.
 *
 * <pre>{@code
 * try (GuestMachine guest = GuestMachine.boot(scripts, work, List.of("--vhost-user", socket))) {
 *   byte[] bytes = guest.agent().read(64, 1024).bytes();
 * }
 * }</pre>
 *
 * <p>The child process is QEMU itself and is killed on close, whatever state the guest is in.
 */
public final class GuestMachine implements AutoCloseable {
  private final Process qemu;
  private final Path console;
  private final GuestAgent agent;

  private GuestMachine(Process qemu, Path console, GuestAgent agent) {
    this.qemu = qemu;
    this.console = console;
    this.agent = agent;
  }

  /**
   * Boots a guest and waits until its agent answers.
   *
   * @param scripts the folder with {@code boot} and {@code prepare}
   * @param work an existing folder for sockets and logs; its path must be short enough for a socket
   * @param arguments what {@code boot} is told about the entropy device, such as {@code
   *     --vhost-user SOCKET}
   * @return a guest that is up
   * @throws IOException with the guest's console and QEMU's errors if it does not come up
   */
  public static GuestMachine boot(Path scripts, Path work, List<String> arguments)
      throws IOException {
    Path control = work.resolve("control");
    Path console = work.resolve("console");
    Path errors = work.resolve("qemu-errors");
    List<String> command = new ArrayList<>();
    command.add(scripts.resolve("boot").toString());
    command.addAll(List.of("--mode", "agent", "--fillthread", "off"));
    command.addAll(List.of("--control", control.toString(), "--console", console.toString()));
    command.addAll(arguments);
    Process qemu =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(errors.toFile()))
            .redirectErrorStream(true)
            .start();
    try {
      GuestAgent agent = GuestAgent.connect(control, qemu);
      return new GuestMachine(qemu, console, agent);
    } catch (IOException | RuntimeException e) {
      qemu.destroyForcibly();
      throw new IOException(
          "the guest did not come up: "
              + e.getMessage()
              + "\nQEMU: "
              + textOf(errors)
              + "\nconsole: "
              + textOf(console),
          e);
    }
  }

  /**
   * The guest's agent.
   *
   * @return connected, and has answered
   */
  public GuestAgent agent() {
    return agent;
  }

  /**
   * QEMU's process, for tests that stop or kill it.
   *
   * @return the process
   */
  public Process qemu() {
    return qemu;
  }

  /**
   * What the guest has written on its console.
   *
   * @return the text so far
   */
  public String console() {
    return textOf(console);
  }

  private static String textOf(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "(nothing)";
    } catch (IOException e) {
      return "(unreadable: " + e.getMessage() + ")";
    }
  }

  @Override
  public void close() throws IOException {
    try {
      agent.close();
    } finally {
      qemu.destroyForcibly();
      boolean interrupted = false;
      while (qemu.isAlive()) {
        try {
          qemu.waitFor();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

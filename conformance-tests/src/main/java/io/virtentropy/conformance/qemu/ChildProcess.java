package io.virtentropy.conformance.qemu;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A child that never outlives this JVM.
 *
 * <p>{@link #kill()} ends it while the JVM lives. For a JVM that is killed, the kernel does: the
 * child is started by {@code setpriv --pdeathsig KILL}. That signal comes when the <i>thread</i>
 * dies that started the child, so each child has a thread that starts it and then does nothing but
 * wait for its end. Where there is no {@code setpriv} (it is part of util-linux), a JVM that is
 * killed leaves its child behind.
 */
final class ChildProcess {
  private static final int TAIL_LINES = 8;

  private final Process process;
  private final Path errors;

  private ChildProcess(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
  }

  /**
   * Starts a child without standard input.
   *
   * @param errors where its standard output and error go
   * @param onEnd called on another thread once it has ended
   */
  static ChildProcess start(List<String> command, Path errors, Runnable onEnd) {
    List<String> words = new ArrayList<>();
    if (isOnPath("setpriv")) {
      words.addAll(List.of("setpriv", "--pdeathsig", "KILL"));
    }
    words.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(errors.toFile());
    CompletableFuture<Process> started = new CompletableFuture<>();
    Thread parent = new Thread(() -> startAndWait(builder, started, onEnd), "parent of QEMU");
    parent.setDaemon(true);
    parent.start();
    try {
      return new ChildProcess(started.get(), errors);
    } catch (ExecutionException e) {
      throw new QemuStartException(
          "cannot start " + command.get(0) + ": " + e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      // It may be there in a moment, and nobody would know it.
      var unused = started.thenAccept(Process::destroyForcibly);
      throw new QemuStartException("interrupted while QEMU started", e);
    }
  }

  private static void startAndWait(
      ProcessBuilder builder, CompletableFuture<Process> started, Runnable onEnd) {
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      started.completeExceptionally(e);
      return;
    }
    started.complete(process);
    awaitEnd(process);
    onEnd.run();
  }

  private static boolean isOnPath(String program) {
    String path = System.getenv("PATH");
    if (path == null) {
      return false;
    }
    for (String folder : path.split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Ends it at once, and returns when it has ended. A second call does nothing. */
  void kill() {
    process.destroyForcibly();
    awaitEnd(process);
  }

  /** Waits however often the thread is interrupted; the interrupt is kept. */
  private static void awaitEnd(Process process) {
    boolean interrupted = false;
    while (true) {
      try {
        process.waitFor();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** How it ended, and the last lines it wrote; for the end of a message. */
  String lastWords() {
    StringBuilder words = new StringBuilder();
    if (!process.isAlive()) {
      words.append(" (QEMU ended with ").append(process.exitValue()).append(')');
    }
    try {
      List<String> lines =
          new String(Files.readAllBytes(errors), StandardCharsets.UTF_8).lines().toList();
      for (String line : lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size())) {
        words.append("\n  ").append(line);
      }
    } catch (IOException e) {
      words.append(" (its errors can't be read: ").append(e.getMessage()).append(')');
    }
    return words.toString();
  }
}

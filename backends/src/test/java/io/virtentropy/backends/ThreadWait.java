package io.virtentropy.backends;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Sees, in /proc, what a thread of this process is waiting in. */
final class ThreadWait {
  // The numbers of read(2) and openat(2) on x86-64, and on arm64 and riscv64.
  private static final Set<String> READ = Set.of("0", "63");
  private static final Set<String> OPEN = Set.of("257", "56");

  private ThreadWait() {}

  /** Returns once a thread, whose name is its alone and shorter than 16, is waiting in a read. */
  static void awaitReading(Thread thread) throws IOException {
    await(thread, READ);
  }

  /** Returns once such a thread is waiting in an open: of a pipe, because nothing else waits. */
  static void awaitOpening(Thread thread) throws IOException {
    await(thread, OPEN);
  }

  private static void await(Thread thread, Set<String> calls) throws IOException {
    while (!calls.contains(systemCall(thread.getName()))) {
      Thread.onSpinWait();
    }
  }

  private static String systemCall(String name) throws IOException {
    List<Path> tasks;
    try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
      tasks = all.filter(task -> read(task.resolve("comm")).strip().equals(name)).toList();
    }
    // "0 0x5 0x7f…" in a system call, "running" outside; a name appears once the thread has started
    String line = tasks.size() == 1 ? read(tasks.get(0).resolve("syscall")) : "";
    return line.substring(0, Math.max(0, line.indexOf(' ')));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // a thread that ended meanwhile
    }
  }
}

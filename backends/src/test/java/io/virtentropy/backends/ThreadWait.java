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

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

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
    while (!isWaiting(systemCall(thread.getName()), calls)) {
      Thread.onSpinWait();
    }
  }

  /**
   * A class that is being loaded is read as well, but from a file, which is nothing to wait for.
   */
  private static boolean isWaiting(String[] call, Set<String> calls) {
    return calls.contains(call[0])
        && (calls != READ || !Files.isRegularFile(DESCRIPTORS.resolve(descriptor(call[1]))));
  }

  private static String descriptor(String argument) {
    return Long.decode(argument).toString();
  }

  private static String[] systemCall(String name) throws IOException {
    List<Path> tasks;
    try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
      tasks = all.filter(task -> read(task.resolve("comm")).strip().equals(name)).toList();
    }
    // "0 0x5 0x7f…" in a system call, "running" outside; a name appears once the thread has started
    String line = tasks.size() == 1 ? read(tasks.get(0).resolve("syscall")) : "";
    return line.split(" ", 3);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // a thread that ended meanwhile
    }
  }
}

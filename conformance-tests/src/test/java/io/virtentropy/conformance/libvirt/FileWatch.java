package io.virtentropy.conformance.libvirt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;

/** Waits for what others write into the files of a folder. */
final class FileWatch implements AutoCloseable {
  /** A hang is a failure; nothing is asserted of the time. */
  static final long DEADLINE_SECONDS = 240;

  private final WatchService changes;

  /** What is waited for. */
  interface Condition {
    boolean holds() throws IOException;
  }

  /** What to say if it never comes. */
  interface Words {
    String say() throws IOException;
  }

  FileWatch(Path folder) throws IOException {
    changes = folder.getFileSystem().newWatchService();
    folder.register(
        changes, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
  }

  static long sizeOf(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  /** Waits until something holds that changes with the files. */
  void await(Condition condition, Words otherwise) throws IOException, InterruptedException {
    long start = System.nanoTime();
    while (!condition.holds()) {
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS)) {
        throw new AssertionError("never came: " + otherwise.say());
      }
      WatchKey key = changes.poll(1, TimeUnit.SECONDS);
      if (key != null) {
        key.pollEvents();
        key.reset();
      }
    }
  }

  @Override
  public void close() throws IOException {
    changes.close();
  }
}

package io.virtentropy.backends.egd;

/**
 * The loop of the sources that are opened by name, where nobody is there to bring one: one thread
 * for all of them, from the opening of the first to the closing of the last.
 *
 * <p>This is state of the process, which the library otherwise has none of. A loop per source would
 * be a thread per source.
 */
final class SharedLoop {
  private static EgdLoop loop;
  private static int users;

  private SharedLoop() {}

  /** The loop; to be given back once. */
  static synchronized EgdLoop acquire() {
    if (users == 0) {
      loop =
          EgdLoop.start(
              task -> {
                Thread thread = new Thread(task, "virtentropy-egd");
                thread.setDaemon(true);
                return thread;
              });
    }
    users++;
    return loop;
  }

  static synchronized void release() {
    users--;
    if (users == 0) {
      loop.close();
      loop = null;
    }
  }
}

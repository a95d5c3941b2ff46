package io.virtentropy.backends.egd.server;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Does the computations of TLS handshakes on a thread of its own, some milliseconds for each:
 * whoever can reach a port can have them done, and that must not delay those who are served.
 */
final class HandshakeWork {
  /** What is done at once, before others have their turn. */
  private static final int RESUMED_AT_ONCE = 64;

  private final Runnable wakeUp;
  private final Queue<ReadyChannel> computed = new ConcurrentLinkedQueue<>();
  private ExecutorService worker;

  /**
   * Creates it; the thread is there when it is needed.
   *
   * @param wakeUp has {@link #resume} called soon
   */
  HandshakeWork(Runnable wakeUp) {
    this.wakeUp = wakeUp;
  }

  /** Has something computed, and goes on with a connection afterwards. */
  void compute(Runnable task, ReadyChannel then) {
    if (worker == null) {
      worker = Executors.newSingleThreadExecutor(HandshakeWork::thread);
    }
    worker.execute(
        () -> {
          try {
            task.run();
          } finally {
            computed.add(then);
            wakeUp.run();
          }
        });
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "virtentropy-tls");
    thread.setDaemon(true);
    return thread;
  }

  /** Goes on with some of those whose computations are done; gives their number. */
  int resume() {
    int work = 0;
    ReadyChannel next;
    while (work < RESUMED_AT_ONCE && (next = computed.poll()) != null) {
      next.ready();
      work++;
    }
    return work;
  }

  /** Ends the thread. */
  void stop() {
    if (worker != null) {
      worker.shutdownNow();
    }
  }
}

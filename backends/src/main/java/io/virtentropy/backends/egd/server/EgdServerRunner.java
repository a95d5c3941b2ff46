package io.virtentropy.backends.egd.server;

import java.util.Objects;

/**
 * Polls a server until it is stopped, then closes it: for those who have no loop of their own.
 *
 * <pre>{@code
 * EgdServerRunner runner = new EgdServerRunner(server);
 * Thread thread = new Thread(runner, "egd");
 * thread.start();
 * // …
 * runner.stop();
 * thread.join();
 * }</pre>
 */
public final class EgdServerRunner implements Runnable {
  private final EgdServer server;
  private volatile boolean stopped;

  /**
   * Creates a runner.
   *
   * @param server closed by {@link #run} when it ends
   */
  public EgdServerRunner(EgdServer server) {
    this.server = Objects.requireNonNull(server, "server");
  }

  /** Serves until {@link #stop}, on the calling thread. */
  @Override
  public void run() {
    try (server) {
      while (!stopped) {
        server.poll(Long.MAX_VALUE);
      }
    }
  }

  /** Has {@link #run} end soon. May be called by any thread, more than once, and before it runs. */
  public void stop() {
    stopped = true;
    server.wakeUp();
  }
}

package io.virtentropy.cli;

import java.util.concurrent.CountDownLatch;

/**
 * Makes SIGTERM and SIGINT an orderly end with exit code 0. The JVM would run its shutdown hooks
 * and end with 143 whatever they do; so the hook waits until the command has put everything away,
 * which is when this is closed, and ends the process itself.
 */
final class Termination implements AutoCloseable {
  private final CountDownLatch complete = new CountDownLatch(1);
  private final Thread hook = new Thread(this::end, "virtentropy-termination");
  private Runnable wakeUp = () -> {};
  private volatile boolean requested;

  /** Starts to listen for signals; {@code whenRequested} wakes the thread that is to end. */
  void install(Runnable whenRequested) {
    wakeUp = whenRequested;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void end() {
    requested = true;
    wakeUp.run();
    while (complete.getCount() > 0) {
      try {
        complete.await();
      } catch (InterruptedException e) {
        // Nobody has a reason to interrupt this thread, and what it waits for is bounded.
        Thread.onSpinWait();
      }
    }
    Runtime.getRuntime().halt(0);
  }

  /** Everything is put away: ends the process if that was asked for. */
  @Override
  public void close() {
    if (!requested) {
      // The command ends by itself, with an exit code of its own. A signal that comes at this very
      // moment finds the shutdown under way, and is right too.
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        System.getLogger(Termination.class.getName())
            .log(System.Logger.Level.DEBUG, "ended by a signal at the last moment");
      }
    }
    complete.countDown();
  }
}

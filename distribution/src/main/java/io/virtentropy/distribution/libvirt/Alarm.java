package io.virtentropy.distribution.libvirt;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Wakes a thread that waits for something to do. */
final class Alarm {
  private final Semaphore rung = new Semaphore(0);

  /** Ends a wait, or the next one. Any thread may call. */
  void ring() {
    if (rung.availablePermits() == 0) { // a thread that hangs isn't rung for without end
      rung.release();
    }
  }

  /**
   * Waits until the alarm is rung.
   *
   * @param nanos the most to wait
   */
  void await(long nanos) throws InterruptedException {
    if (rung.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
      rung.drainPermits();
    }
  }
}

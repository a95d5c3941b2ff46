package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.server.EgdDisconnection.Cause;
import io.virtentropy.backends.egd.server.Timers.Timer;

/** The time that a client has for one thing, and what becomes of it afterwards. */
final class Deadline {
  private final EgdServer server;
  private final Timer timer;
  private Cause cause;

  Deadline(EgdServer server, Runnable over) {
    this.server = server;
    this.timer = new Timer(over);
  }

  /** Sets it, unless it runs already for the same thing. */
  void set(Cause why, long nanosFromNow) {
    if (!timer.isSet() || cause != why) {
      cause = why;
      server.setTimer(timer, nanosFromNow);
    }
  }

  void cancel() {
    server.timers().cancel(timer);
  }

  /** Why the connection ends when the time is over, or was to; null if none was ever set. */
  Cause cause() {
    return cause;
  }

  boolean wasFor(Cause why) {
    return cause == why;
  }
}

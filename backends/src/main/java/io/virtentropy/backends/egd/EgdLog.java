package io.virtentropy.backends.egd;

import java.lang.System.Logger.Level;
import java.time.Duration;

/** Logs what an operator wants to know: that a server is gone, why, and that it is back. */
final class EgdLog implements EgdListener {
  private static final System.Logger LOG = System.getLogger(EgdBackend.class.getName());

  /** What was logged last; attempts that fail for the same reason say nothing new. */
  private String told = "";

  /** What isn't about one connection. */
  static void trouble(String what) {
    LOG.log(Level.WARNING, what);
  }

  @Override
  public void connected(EgdAddress address) {
    LOG.log(told.isEmpty() ? Level.DEBUG : Level.INFO, "egd:{0}: connected", address);
    told = "";
  }

  @Override
  public void disconnected(EgdAddress address, String reason, Duration retryIn) {
    boolean news = !told.equals(reason);
    told = reason;
    LOG.log(
        news ? Level.WARNING : Level.DEBUG,
        "egd:{0}: {1}; trying again in {2} ms, and so on",
        address,
        reason,
        Long.toString(retryIn.toMillis()));
  }
}

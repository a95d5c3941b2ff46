package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;

/** A consumer's request on its way: what of it has been asked for, and what has come. */
final class Exchange {
  /** Null once nobody waits for it; what comes is destroyed then. */
  EntropyRequest request;

  int length;
  int asked;
  int received;
  boolean claimed;

  /** When it was submitted, on the clock of the loop. */
  long since;

  void begin(EntropyRequest submitted, long now) {
    request = submitted;
    length = submitted.length();
    asked = 0;
    received = 0;
    claimed = false;
    since = now;
  }

  /** Something has been asked for and has not come. */
  boolean isOwed() {
    return asked > received;
  }

  /** Fails the request, whoever claimed it; the place in the order stays. */
  void release(EntropySourceException cause) {
    EntropyRequest released = request;
    request = null;
    released.fail(cause);
  }

  /** What was owed will not come; it has to be asked for again. */
  void forgetAsked() {
    asked = received;
  }
}

package io.virtentropy.backends.egd.server;

/** Calls those whose turn it is to their sources. */
final class TurnCall {
  /** How much is done at once, before others have their turn. */
  private static final int TURNS = 64;

  private final EgdTurns turns;

  TurnCall(EgdTurns turns) {
    this.turns = turns;
  }

  EgdTurns turns() {
    return turns;
  }

  /** Has those come whose turn it is; returns how much was done. */
  int serve() {
    int work = 0;
    while (work < TURNS) {
      EgdPeer peer = turns.next();
      int done = peer == null ? 0 : peer.connection().comes();
      if (done == 0) {
        break;
      }
      work += done;
    }
    return work;
  }

  /** How long {@link #serve} need not be called. */
  long nanosUntilDue() {
    long nanos = turns.nanosUntilNext();
    if (nanos == 0) {
      EgdPeer peer = turns.next();
      if (peer != null && peer.connection().isOnItsWay()) {
        return Long.MAX_VALUE; // it waits for its source, and the others behind it
      }
    }
    return nanos;
  }
}

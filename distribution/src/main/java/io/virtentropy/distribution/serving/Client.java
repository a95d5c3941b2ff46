package io.virtentropy.distribution.serving;

import io.virtentropy.backends.egd.server.EgdPeer;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.htb.Leaf;

/**
 * One client of a pool: its leaf, seen as a limiter, and what it had. A guest that we connect to
 * keeps its client through all of its connections.
 */
final class Client implements RateLimiter {
  private static final long TELL_AGAIN_NANOS = 60_000_000_000L;

  private String name;
  private final String className;
  private final boolean guest;
  private final Leaf leaf;
  private final NanoClock clock;
  private final PoolListener listener;
  private EgdPeer peer;
  private long deliveredBefore;
  private boolean told;
  private long toldAt;

  /**
   * A client that is not connected.
   *
   * @param guest whether it outlives its connections
   */
  Client(
      String name,
      String className,
      boolean guest,
      Leaf leaf,
      NanoClock clock,
      PoolListener listener) {
    this.name = name;
    this.className = className;
    this.guest = guest;
    this.leaf = leaf;
    this.clock = clock;
    this.listener = listener;
  }

  Leaf leaf() {
    return leaf;
  }

  /** What it is connected by; null while it is not. */
  EgdPeer peer() {
    return peer;
  }

  /** Gives a stranger the name that his certificate has added to. */
  void rename(String now) {
    name = now;
  }

  void connected(EgdPeer now) {
    peer = now;
    listener.clientAttached(report());
  }

  void disconnected(String why) {
    ClientReport last = report();
    deliveredBefore = last.delivered();
    peer = null;
    leaf.withdraw();
    listener.clientDetached(last, why);
  }

  ClientReport report() {
    return new ClientReport(
        name,
        className,
        guest,
        peer != null,
        deliveredBefore + (peer == null ? 0 : peer.delivered()),
        peer == null ? 0 : peer.owed(),
        leaf.throttledNanos());
  }

  /**
   * Whole requests of a Linux guest's as long as more is wanted: a part of one is of no use to it,
   * and splits all that follow.
   */
  @Override
  public long acquireUpTo(long wanted) {
    long granted = 0;
    while (granted < wanted) {
      long request = Math.min(wanted - granted, ClassTree.GRAIN_BYTES);
      long more = leaf.acquireAtLeast(request, request);
      if (more == 0) {
        break;
      }
      granted += more;
    }
    if (granted == 0) {
      refused();
    }
    return granted;
  }

  private void refused() {
    long now = clock.nanoTime();
    if (!told || now - toldAt >= TELL_AGAIN_NANOS) {
      told = true;
      toldAt = now;
      listener.clientThrottled(report());
    }
  }

  @Override
  public void refund(long bytes) {
    leaf.refund(bytes);
  }

  @Override
  public long nanosUntil(long bytes) {
    return leaf.nanosUntil(bytes);
  }

  @Override
  public void withdraw() {
    leaf.withdraw();
  }

  @Override
  public byte[] saveState() {
    return leaf.saveState();
  }

  @Override
  public void restoreState(byte[] state) {
    leaf.restoreState(state);
  }
}

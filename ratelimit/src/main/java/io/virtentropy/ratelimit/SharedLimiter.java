package io.virtentropy.ratelimit;

import java.util.Objects;
import java.util.concurrent.locks.Lock;

/**
 * A limiter that several threads may use, by a lock around one that they may not. Limiters that
 * share state, such as the leaves of one tree, need the same lock; so does everything else that
 * touches the tree.
 *
 * <pre>{@code
 * Lock lock = new ReentrantLock();
 * RateLimiter a = new SharedLimiter(tree.addLeaf(tree.root(), "a", limits), lock);
 * RateLimiter b = new SharedLimiter(tree.addLeaf(tree.root(), "b", limits), lock);
 * }</pre>
 *
 * <p>Each call holds the lock for the time of one decision and waits for nothing else. A grant and
 * its refund are two calls: another thread may ask in between, and is then told what is true
 * without the refund.
 */
public final class SharedLimiter implements RateLimiter {
  private final RateLimiter limiter;
  private final Lock lock;

  /**
   * Guards a limiter.
   *
   * @param limiter the limiter; not used otherwise without the lock
   * @param lock the lock of everything that shares state with it
   */
  public SharedLimiter(RateLimiter limiter, Lock lock) {
    this.limiter = Objects.requireNonNull(limiter, "limiter");
    this.lock = Objects.requireNonNull(lock, "lock");
  }

  @Override
  public long acquireUpTo(long wanted) {
    lock.lock();
    try {
      return limiter.acquireUpTo(wanted);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long acquireAtLeast(long least, long wanted) {
    lock.lock();
    try {
      return limiter.acquireAtLeast(least, wanted);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void withdraw() {
    lock.lock();
    try {
      limiter.withdraw();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void refund(long bytes) {
    lock.lock();
    try {
      limiter.refund(bytes);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long nanosUntil(long bytes) {
    lock.lock();
    try {
      return limiter.nanosUntil(bytes);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public byte[] saveState() {
    lock.lock();
    try {
      return limiter.saveState();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void restoreState(byte[] state) {
    lock.lock();
    try {
      limiter.restoreState(state);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public String toString() {
    return "SharedLimiter[" + limiter + "]";
  }
}

package io.virtentropy.vhostuser;

import io.virtentropy.vhostuser.linux.Signal;
import io.virtentropy.vhostuser.linux.SystemCallException;
import java.lang.invoke.VarHandle;

/**
 * Wakes the one thread that sleeps in a server, and costs nothing while it is awake.
 *
 * <pre>
 *   sleeper: sleeping = true,  fence, look for work     waker: make work, fence, look at sleeping
 * </pre>
 *
 * <p>Whichever comes second sees the other, so either the sleeper finds the work or it is
 * signalled.
 */
final class WakeUp implements AutoCloseable {
  private final Signal signal;
  private volatile boolean sleeping;
  private volatile boolean requested;
  private boolean closed;

  WakeUp() throws SystemCallException {
    signal = Signal.create();
  }

  Signal signal() {
    return signal;
  }

  /** Called by the sleeper before it looks for work for the last time. */
  void fallAsleep() {
    sleeping = true;
    VarHandle.fullFence();
  }

  void awake() {
    sleeping = false;
  }

  /** Whether somebody has asked to be noticed; true once for all who did. */
  boolean takeRequest() {
    boolean was = requested;
    if (was) {
      requested = false;
    }
    return was;
  }

  /** Asks for the next sleep not to happen, or to end. Called by any thread. */
  void request() {
    requested = true;
    workIsThere();
  }

  /** Says that the sleeper will find work if it looks. Called by any thread. */
  void workIsThere() {
    VarHandle.fullFence();
    if (sleeping) {
      send();
    }
  }

  /** The descriptor's number must not be used for somebody else's file in the meantime. */
  private synchronized void send() {
    if (!closed) {
      signal.send();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    signal.close();
  }
}

package io.virtentropy.distribution.daemon;

import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Numbers events and hands them on, in one order for everybody.
 *
 * <p>May be used by any thread. Subscribers are called on the thread that tells, one at a time, and
 * must not wait.
 */
public final class EventStream {
  private final InstantSource clock;
  private final List<Consumer<DaemonEvent>> subscribers = new CopyOnWriteArrayList<>();
  private long last;

  /**
   * Creates a stream.
   *
   * @param clock the time that events are given
   */
  public EventStream(InstantSource clock) {
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  /**
   * Tells everybody.
   *
   * @param kind what happened
   * @param pool the pool's name; empty where it is about none
   * @param detail more of it in words; may be empty
   */
  public synchronized void tell(DaemonEvent.Kind kind, String pool, String detail) {
    DaemonEvent event = new DaemonEvent(++last, clock.instant(), kind, pool, detail);
    subscribers.forEach(subscriber -> subscriber.accept(event));
  }

  /**
   * Subscribes.
   *
   * @param subscriber is told what happens from now on
   * @return ends the subscription when run
   */
  public Runnable subscribe(Consumer<DaemonEvent> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    subscribers.add(subscriber);
    return () -> subscribers.remove(subscriber);
  }
}

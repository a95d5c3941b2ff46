package io.virtentropy.distribution.serving;

import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.TokenBucket;
import java.util.StringJoiner;

/**
 * Tells of the clients of one output, of whom nobody knows how many come and how often: each by
 * itself as long as they are few, and beyond that once a second how many there were.
 *
 * <p>Belongs to the pool's thread.
 */
final class StrangerEvents implements PoolListener {
  /** How many of those refused are told of at once; then one a second is. */
  static final int REFUSALS = 10;

  /** How many come, go or wait and are told of at once; then ten a second are. */
  static final int COMINGS = 100;

  private static final long SECOND_NANOS = 1_000_000_000L;

  private final String endpoint;
  private final NanoClock clock;
  private final PoolListener listener;
  private final TokenBucket refusals;
  private final TokenBucket comings;
  private long refused;
  private long came;
  private long went;
  private long waited;
  private boolean leftOut;
  private long leftOutAt;

  /**
   * Creates it.
   *
   * @param endpoint the output's name
   * @param clock the clock of seconds
   * @param listener is told
   */
  StrangerEvents(String endpoint, NanoClock clock, PoolListener listener) {
    this.endpoint = endpoint;
    this.clock = clock;
    this.listener = listener;
    this.refusals = bucket(clock, Rate.perSecond(1).withBurst(REFUSALS));
    this.comings = bucket(clock, Rate.perSecond(10).withBurst(COMINGS));
  }

  private static TokenBucket bucket(NanoClock clock, Rate rate) {
    return TokenBucket.builder(clock).operations(rate).build();
  }

  @Override
  public void clientTrouble(String what) {
    if (refusals.tryAcquire(1)) {
      listener.clientTrouble(what);
    } else {
      refused++;
      leaveOut();
    }
  }

  @Override
  public void clientAttached(ClientReport client) {
    if (comings.tryAcquire(1)) {
      listener.clientAttached(client);
    } else {
      came++;
      leaveOut();
    }
  }

  @Override
  public void clientDetached(ClientReport client, String why) {
    if (comings.tryAcquire(1)) {
      listener.clientDetached(client, why);
    } else {
      went++;
      leaveOut();
    }
  }

  @Override
  public void clientThrottled(ClientReport client) {
    if (comings.tryAcquire(1)) {
      listener.clientThrottled(client);
    } else {
      waited++;
      leaveOut();
    }
  }

  private void leaveOut() {
    if (!leftOut) {
      leftOut = true;
      leftOutAt = clock.nanoTime();
    }
  }

  /** Tells how many were left out, a second after the first of them. */
  void look() {
    if (leftOut && clock.nanoTime() - leftOutAt >= SECOND_NANOS) {
      tellLeftOut();
    }
  }

  /** Tells how many were left out, if any were. */
  void tellLeftOut() {
    if (leftOut) {
      StringJoiner numbers = new StringJoiner(", ");
      add(numbers, refused, " were refused");
      add(numbers, came, " came");
      add(numbers, went, " went");
      add(numbers, waited, " have to wait for their class");
      listener.clientTrouble(endpoint + " has too many clients to tell of each: " + numbers);
      refused = 0;
      came = 0;
      went = 0;
      waited = 0;
      leftOut = false;
    }
  }

  private static void add(StringJoiner numbers, long number, String what) {
    if (number > 0) {
      numbers.add(number + what);
    }
  }
}

package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.egd.tls.TlsStream;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * What one source has asked its server for, and what becomes of it: without sockets, threads or a
 * clock of its own, so that tests can drive it through every order of events.
 *
 * <pre>
 *   inbox (any thread) ──▶ under way, in order ──▶ complete
 *                            │        ▲
 *                  02 NN ... │        │ bytes, in the order asked for
 *                            ▼        │
 *                           Link ── server
 * </pre>
 *
 * <p>Here is when there is a link, when the next is tried and when a request has waited enough;
 * what is said on a link is its {@link Dialogue}.
 *
 * <p>All methods but {@link #submit}, {@link #cancel} and {@link #shut} belong to the thread that
 * polls the loop.
 */
final class EgdSession implements LinkEvents, Dialogue.Owner {
  private static final System.Logger LOG = System.getLogger(EgdBackend.class.getName());
  private static final long NEVER = Long.MAX_VALUE;

  private final EgdAddress address;
  private final EgdOptions options;
  private final Connector connector;
  private final NanoClock clock;
  private final EgdListener listener;
  private final EgdTally tally;
  private final Backoff backoff;

  private final Inbox inbox = new Inbox();
  private final Flight flight = new Flight(inbox);
  private final Dialogue dialogue;

  private volatile EgdState state = EgdState.NEW;
  private volatile String problem = "nothing has been tried yet";
  private Runnable timesChanged = () -> {};
  private boolean inTurn;
  private long retryAt;
  private long attemptEnds;

  /** Until it has, QEMU would not have started its guest. */
  private boolean firstAttemptEnded;

  EgdSession(
      EgdAddress address,
      EgdOptions options,
      Connector connector,
      NanoClock clock,
      RandomGenerator random,
      EgdListener listener,
      EgdTally tally,
      ByteBuf staging) {
    this.address = address;
    this.options = options;
    this.connector = connector;
    this.clock = clock;
    this.listener = listener;
    this.tally = tally;
    this.backoff = new Backoff(options.firstRetry(), options.lastRetry(), random);
    this.dialogue = new Dialogue(options, clock, tally, backoff, inbox, flight, staging, this);
  }

  EgdState state() {
    return state;
  }

  String problem() {
    return problem;
  }

  // ---- any thread

  /** Takes a request; false if the session is shut, and the request not taken. */
  boolean submit(EntropyRequest request) {
    return inbox.submit(request, clock.nanoTime());
  }

  /** Lets go of a cancelled request; false if there is something left to do for the loop. */
  boolean cancel(EntropyRequest request) {
    return inbox.cancel(request);
  }

  /** Refuses further requests; true the first time. The loop does the rest, in {@link #end}. */
  boolean shut() {
    return inbox.shut();
  }

  boolean isShut() {
    return inbox.isShut();
  }

  // ---- the loop: turns

  /** Who is told outside of a turn that {@link #idle} may be less than it was. */
  void onTimesChanged(Runnable told) {
    timesChanged = told;
  }

  @Override
  public void timesChanged() {
    if (!inTurn) {
      timesChanged.run();
    }
  }

  /** Does what other threads asked for since the last turn; then {@link #idle} is to be asked. */
  void turn() {
    inTurn = true;
    try {
      takeTurn();
    } finally {
      inTurn = false;
    }
  }

  private void takeTurn() {
    if (isShut()) {
      end();
      return;
    }
    if (state == EgdState.CLOSED) {
      return;
    }
    if (state == EgdState.NEW) {
      attempt();
    }
    if (inbox.takeCancelled()) {
      dialogue.letGoOfAbandoned();
    }
    if (state == EgdState.CONNECTED) {
      dialogue.ask();
      dialogue.takeBuffered();
    } else if (options.qemuCompatible() && firstAttemptEnded) {
      dialogue.acceptUnasked();
    }
  }

  /** Does what is due by now. */
  void tick() {
    long now = clock.nanoTime();
    switch (state) {
      case RETRYING -> {
        if (now - retryAt >= 0) {
          attempt();
        }
      }
      case CONNECTING -> {
        if (now - attemptEnds >= 0) {
          connector.abort();
          lost(
              EgdCounter.FAILED_ATTEMPTS,
              "no connection within " + words(options.connectTimeout()));
        }
      }
      case CONNECTED -> {
        if (dialogue.isStalled(now)) {
          lost(
              EgdCounter.STALLED_CONNECTIONS,
              "no bytes within "
                  + words(options.replyTimeout())
                  + ", though "
                  + dialogue.owed()
                  + " were asked for");
        }
      }
      case NEW, LISTENING, CLOSED -> {
        // nothing is due
      }
    }
    expire(now);
  }

  /** How long until {@link #tick} has something to do, in nanoseconds; what is due gives 0. */
  long idle(long now) {
    long until =
        switch (state) {
          case RETRYING -> retryAt - now;
          case CONNECTING -> attemptEnds - now;
          case CONNECTED -> dialogue.untilStalled(now);
          case NEW, LISTENING, CLOSED -> NEVER;
        };
    if (options.requestTimeout() > 0) {
      until = Math.min(until, flight.untilFirstIs(options.requestTimeout(), now));
      until = Math.min(until, inbox.untilFirstIs(options.requestTimeout(), now));
    }
    return Math.max(0, until);
  }

  // ---- the loop: links

  private void attempt() {
    state = connector.listens() ? EgdState.LISTENING : EgdState.CONNECTING;
    attemptEnds = clock.nanoTime() + options.connectTimeout();
    connector.connect(this);
  }

  @Override
  public void arrived() {
    state = EgdState.CONNECTING;
    attemptEnds = clock.nanoTime() + options.connectTimeout();
    timesChanged();
  }

  @Override
  public void opened(Link opened) {
    dialogue.begin(opened);
    state = EgdState.CONNECTED;
    firstAttemptEnded = true;
    tally.add(EgdCounter.CONNECTIONS, 1);
    tell(() -> listener.connected(address));
    if (!options.qemuCompatible()) {
      tally.add(EgdCounter.REQUESTS_ASKED_AGAIN, flight.size());
    }
    dialogue.ask();
    dialogue.takeBuffered();
  }

  @Override
  public void ready() {
    dialogue.ready();
  }

  @Override
  public void failed(String reason) {
    lost(EgdCounter.FAILED_ATTEMPTS, reason);
  }

  /** Ends the link, if there is one, and sets the time of the next attempt. */
  @Override
  public void lost(EgdCounter why, String reason) {
    tally.add(why, 1);
    problem = reason;
    firstAttemptEnded = true;
    dialogue.end();
    long now = clock.nanoTime();
    // Who listens loses nothing by listening again soon, and may miss the server by not doing so.
    long delay =
        connector.listens() ? Math.min(backoff.next(), options.firstRetry()) : backoff.next();
    retryAt = now + delay;
    state = EgdState.RETRYING;
    timesChanged();
    tell(() -> listener.disconnected(address, reason, Duration.ofNanos(delay)));
  }

  // ---- the loop: giving up

  private void expire(long now) {
    if (options.requestTimeout() <= 0) {
      return;
    }
    long then = now - options.requestTimeout();
    int released = flight.releaseSubmittedBy(then, expired());
    tally.add(EgdCounter.REQUESTS_EXPIRED, released);
    Exchange late;
    while ((late = inbox.pollSubmittedBy(then)) != null) {
      tally.add(EgdCounter.REQUESTS_EXPIRED, 1);
      late.release(expired());
      inbox.recycle(late);
    }
    if (released > 0) {
      boolean unused = dialogue.abandon();
    }
  }

  private EntropySourceException expired() {
    return new EntropySourceException(
        Reason.UNAVAILABLE,
        "the source egd:"
            + address
            + " has not answered within "
            + words(options.requestTimeout())
            + ": "
            + (state == EgdState.CONNECTED ? "it is connected and silent" : problem));
  }

  /** Ends everything. Called by the loop, or by who closes when nobody polls it. */
  void end() {
    if (state == EgdState.CLOSED) {
      return;
    }
    boolean unused = shut();
    connector.abort();
    dialogue.close();
    connector.close();
    state = EgdState.CLOSED;
    problem = "closed";
    EntropySourceException cause = closed();
    flight.releaseAll(cause);
    Exchange waiting;
    while ((waiting = inbox.poll()) != null) {
      waiting.release(cause);
    }
  }

  EntropySourceException closed() {
    return new EntropySourceException(
        Reason.CLOSED, "the source egd:" + address + " has been closed");
  }

  private void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "a listener of egd:" + address + " threw", e);
    }
  }

  private static String words(long nanos) {
    return nanos % 1_000_000_000L == 0 ? nanos / 1_000_000_000L + " s" : nanos / 1_000_000L + " ms";
  }

  static String words(IOException e) {
    return TlsStream.describe(e);
  }
}

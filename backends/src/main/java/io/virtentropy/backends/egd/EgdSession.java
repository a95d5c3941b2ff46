package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.Wipe;
import io.virtentropy.backends.egd.protocol.EgdFault;
import io.virtentropy.backends.egd.protocol.EgdLayout;
import io.virtentropy.backends.egd.protocol.EgdReplyDecoder;
import io.virtentropy.backends.egd.protocol.EgdRequests;
import io.virtentropy.backends.egd.tls.TlsStream;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.nio.ByteBuffer;
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
 * <p><b>No byte reaches the wrong consumer.</b> Replies are told apart by their order alone. So
 * when something that was asked for is no longer wanted, the link is ended, and what it still owed
 * dies with it. The requests that are still wanted keep the bytes they have and are asked for again
 * on the next link, only for the rest and in the same order. Where there is no connection to end (a
 * pipe, a serial line) and in the mode that does what QEMU does, the place is kept in the queue,
 * and what comes for it is destroyed.
 *
 * <p>All methods but {@link #submit}, {@link #cancel} and {@link #shut} belong to the thread that
 * polls the loop.
 */
final class EgdSession implements LinkEvents {
  private static final System.Logger LOG = System.getLogger(EgdBackend.class.getName());

  /** Reads of a link per call of {@link #ready}, so that one busy server does not starve others. */
  private static final int READS_PER_TURN = 4;

  /** How many bytes of discarded replies are received at a time. */
  private static final int SCRATCH = 512;

  /** How much of it is kept, as QEMU's socket would; more waits in ours. */
  private static final int SURPLUS = 4096;

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
  private final EgdReplyDecoder decoder;
  private final ByteBuf in;
  private final ByteBuf out;

  /** What came unasked, in the mode that keeps it for the next request; else of no size. */
  private final ByteBuf surplus;

  private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH);
  private volatile EgdState state = EgdState.NEW;
  private volatile String problem = "nothing has been tried yet";
  private Runnable timesChanged = () -> {};
  private boolean inTurn;
  private Link link;
  private long retryAt;
  private long attemptEnds;
  private long lastProgress;

  /** Until it has, QEMU would not have started its guest. */
  private boolean firstAttemptEnded;

  /** True once a request has been completed on this link, which so has been of use. */
  private boolean ofUse;

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
    this.in = staging;
    this.surplus =
        Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(options.qemuCompatible() ? SURPLUS : 0))
            .clear();
    this.backoff = new Backoff(options.firstRetry(), options.lastRetry(), random);
    this.decoder = new EgdReplyDecoder(options.window());
    this.out =
        Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(options.window() * EgdLayout.READ_COMMAND))
            .clear();
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

  private void timesChanged() {
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
      letGoOfAbandoned();
    }
    if (state == EgdState.CONNECTED) {
      ask();
      takeBuffered();
    } else if (options.qemuCompatible() && firstAttemptEnded) {
      acceptUnasked();
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
          lose(
              EgdCounter.FAILED_ATTEMPTS,
              "no connection within " + words(options.connectTimeout()));
        }
      }
      case CONNECTED -> {
        if (isStalled(now)) {
          lose(
              EgdCounter.STALLED_CONNECTIONS,
              "no bytes within "
                  + words(options.replyTimeout())
                  + ", though "
                  + decoder.owed()
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
          case CONNECTED ->
              decoder.owed() > 0 && options.replyTimeout() > 0
                  ? lastProgress + options.replyTimeout() - now
                  : NEVER;
          case NEW, LISTENING, CLOSED -> NEVER;
        };
    if (options.requestTimeout() > 0) {
      until = Math.min(until, flight.untilFirstIs(options.requestTimeout(), now));
      until = Math.min(until, inbox.untilFirstIs(options.requestTimeout(), now));
    }
    return Math.max(0, until);
  }

  private boolean isStalled(long now) {
    return options.replyTimeout() > 0
        && decoder.owed() > 0
        && now - lastProgress >= options.replyTimeout();
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
    link = opened;
    state = EgdState.CONNECTED;
    firstAttemptEnded = true;
    ofUse = false;
    lastProgress = clock.nanoTime();
    tally.add(EgdCounter.CONNECTIONS, 1);
    tell(() -> listener.connected(address));
    if (!options.qemuCompatible()) {
      tally.add(EgdCounter.REQUESTS_ASKED_AGAIN, flight.size());
    }
    ask();
    takeBuffered();
  }

  /** No selector knows of what a link has decrypted already, or of what was kept. */
  private void takeBuffered() {
    if (link != null && (link.hasBuffered() || (surplus.isReadable() && decoder.owed() > 0))) {
      ready();
    }
  }

  @Override
  public void failed(String reason) {
    lose(EgdCounter.FAILED_ATTEMPTS, reason);
  }

  @Override
  public void ready() {
    if (state != EgdState.CONNECTED) {
      return;
    }
    try {
      receive();
    } catch (IOException e) {
      lose(EgdCounter.LOST_CONNECTIONS, words(e));
      return;
    }
    if (state == EgdState.CONNECTED) {
      ask();
    }
  }

  /** Ends the link, if there is one, and sets the time of the next attempt. */
  private void lose(EgdCounter why, String reason) {
    tally.add(why, 1);
    problem = reason;
    firstAttemptEnded = true;
    dropLink();
    long now = clock.nanoTime();
    // Who listens loses nothing by listening again soon, and may miss the server by not doing so.
    long delay =
        connector.listens() ? Math.min(backoff.next(), options.firstRetry()) : backoff.next();
    retryAt = now + delay;
    state = EgdState.RETRYING;
    timesChanged();
    tell(() -> listener.disconnected(address, reason, Duration.ofNanos(delay)));
  }

  private void dropLink() {
    if (link == null) {
      return;
    }
    link.close();
    link = null;
    out.clear();
    wipe(in);
    wipe(surplus);
    if (options.qemuCompatible()) {
      return; // QEMU's queue stays as it is: what comes next goes to who waits first
    }
    decoder.reset();
    flight.forgetAsked();
  }

  // ---- the loop: asking

  private void ask() {
    try {
      while (decoder.expected() < options.window() && out.writableBytes() > 0) {
        Exchange exchange = nextToAsk();
        if (exchange == null) {
          break;
        }
        if (decoder.owed() == 0) {
          lastProgress = clock.nanoTime(); // the server's time begins now
          timesChanged();
        }
        int count = Math.min(EgdLayout.MAX_COUNT, exchange.length - exchange.asked);
        EgdRequests.blockingRead(out, count);
        decoder.expectBlockingRead(count);
        flight.asked(exchange, count);
      }
      if (out.isReadable()) {
        link.write(out);
        if (!out.isReadable()) {
          wipe(out);
        } else {
          out.discardReadBytes();
        }
      }
      link.want(mayRead(), out.isReadable());
    } catch (IOException e) {
      loseAfterReading(e);
    }
  }

  /**
   * Who can't be written to any more may have answered before; that must not be asked for again.
   */
  private void loseAfterReading(IOException sending) {
    String reason = words(sending);
    try {
      receive();
    } catch (IOException receiving) {
      reason = words(receiving);
    }
    if (state == EgdState.CONNECTED) {
      lose(EgdCounter.LOST_CONNECTIONS, reason);
    }
  }

  /** The first exchange that has not been asked for as a whole; null if there is none. */
  private Exchange nextToAsk() {
    while (true) {
      Exchange exchange = flight.unasked();
      if (exchange != null) {
        return exchange;
      }
      exchange = inbox.poll();
      if (exchange == null) {
        return null;
      }
      if (exchange.request.isAbandoned()) {
        exchange.release(cancelledByConsumer()); // its cancel is about to come here
        inbox.recycle(exchange);
      } else {
        flight.add(exchange);
      }
    }
  }

  /** QEMU's requests that meet no connection are never sent, and wait for what comes by chance. */
  private void acceptUnasked() {
    while (decoder.expected() < options.window()) {
      int commands = options.window() - decoder.expected();
      Exchange exchange = inbox.pollUpTo(commands * EgdLayout.MAX_COUNT);
      if (exchange == null) {
        return;
      }
      flight.add(exchange);
      while (exchange.asked < exchange.length) {
        int count = Math.min(EgdLayout.MAX_COUNT, exchange.length - exchange.asked);
        decoder.expectBlockingRead(count);
        flight.asked(exchange, count);
      }
    }
  }

  // ---- the loop: receiving

  private void receive() throws IOException {
    for (int i = 0; link != null && (i < READS_PER_TURN || link.hasBuffered()); i++) {
      int most = mayRead();
      if (most == 0 && !link.cutsSurplus()) {
        return;
      }
      in.clear();
      int n = receive(most);
      if (n == Link.END) {
        EgdFault cut = decoder.endOfStream();
        lose(
            EgdCounter.LOST_CONNECTIONS,
            "the server ended the connection" + (cut == null ? "" : ": " + cut.describe()));
        return;
      }
      if (n == 0) {
        return;
      }
      lastProgress = clock.nanoTime();
      distribute();
    }
  }

  /** Reads what is due, or else what is not. */
  private int receive(int most) throws IOException {
    if (!options.qemuCompatible() || link.cutsSurplus()) {
      return link.read(in, Math.min(most, in.capacity()));
    }
    if (decoder.owed() == 0) {
      return link.read(surplus, most);
    }
    if (!surplus.isReadable()) {
      return link.read(in, Math.min(most, in.capacity()));
    }
    int kept = Math.min(decoder.owed(), surplus.readableBytes());
    int from = surplus.readerIndex();
    in.writeBytes(surplus, kept);
    surplus.setZero(from, kept).discardReadBytes();
    surplus.setZero(surplus.writerIndex(), kept); // where the rest was moved away from
    return kept;
  }

  /** One more than is due, to notice what nobody asked for; QEMU keeps that. */
  private int mayRead() {
    if (link.cutsSurplus()) {
      return decoder.owed();
    }
    if (!options.qemuCompatible()) {
      return decoder.owed() + 1;
    }
    return decoder.owed() > 0 ? decoder.owed() : surplus.writableBytes();
  }

  private void distribute() {
    while (true) {
      switch (decoder.next(in)) {
        case BYTES -> {
          if (!hand()) {
            return;
          }
        }
        case READ_DONE -> {
          // its bytes have been handed out; an exchange may have several
        }
        case NEED_MORE -> {
          return;
        }
        case FAULT -> {
          lose(EgdCounter.PROTOCOL_FAULTS, decoder.fault().describe());
          return;
        }
        case LEVEL, PID -> throw new IllegalStateException("a reply to what is never sent");
      }
    }
  }

  /** Gives the bytes that came to the exchange that is first; false if the link was ended. */
  private boolean hand() {
    Exchange first = flight.first();
    if (first.request != null && !first.claimed) {
      if (first.request.claim()) {
        first.claimed = true;
      } else {
        first.request = null; // the consumer has gone, and the cancel has not come here yet
        if (abandon()) {
          return false;
        }
        first = flight.first();
      }
    }
    int part = Math.min(decoder.available(), first.asked - first.received);
    if (first.request == null) {
      part = decoder.take(in, scratch.clear(), Math.min(part, SCRATCH));
      Wipe.range(scratch.clear(), 0, part);
      tally.add(EgdCounter.BYTES_DISCARDED, part);
    } else {
      ByteBuffer target = first.request.target();
      part = decoder.take(in, target.clear().position(first.received), part);
      target.clear();
    }
    first.received += part;
    if (first.received == first.length) {
      EntropyRequest request = first.request;
      int length = first.length;
      flight.retireFirst();
      if (request != null) {
        ofUse();
        tally.add(EgdCounter.REQUESTS_COMPLETED, 1);
        tally.add(EgdCounter.BYTES_DELIVERED, length);
        request.complete(length);
      }
    }
    return true;
  }

  private void ofUse() {
    if (!ofUse) {
      ofUse = true;
      backoff.reset();
    }
  }

  // ---- the loop: giving up

  private void letGoOfAbandoned() {
    if (flight.releaseAbandoned(cancelledByConsumer()) > 0) {
      boolean unused = abandon();
    }
  }

  private static EntropySourceException cancelledByConsumer() {
    return new EntropySourceException(Reason.UNAVAILABLE, "the request was cancelled");
  }

  /**
   * Sees to it that what was asked for by exchanges nobody waits for reaches nobody else. True if
   * that took the link.
   */
  private boolean abandon() {
    boolean owed = flight.forgetUnwanted();
    if (!owed || link == null || options.qemuCompatible() || !link.endsWhatIsOwed()) {
      return false;
    }
    lose(EgdCounter.ABANDONED_EXCHANGES, "a reply that was due is no longer wanted");
    return true;
  }

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
      boolean unused = abandon();
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
    dropLink();
    out.setZero(0, out.capacity());
    decoder.reset();
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

  private static void wipe(ByteBuf buffer) {
    buffer.setZero(0, buffer.writerIndex());
    buffer.clear();
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

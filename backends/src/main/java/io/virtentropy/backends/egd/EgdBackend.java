package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;

/**
 * The {@code egd} source: a client of an EGD server. The counterpart of QEMU's {@code rng-egd}.
 *
 * <ul>
 *   <li>A request is split into blocking reads (command 2) of at most 255 bytes. Up to {@link
 *       Builder#window} of them are under way at a time, of one request or of several; nothing is
 *       asked for that nobody has requested.
 *   <li>A server that can't be reached, or goes away, fails nothing: requests wait, and what the
 *       lost connection owed is asked for again on the next. See {@link #state}, {@link #problem},
 *       {@link #count} and {@link EgdListener} for what goes on. With {@link
 *       Builder#requestTimeout}, requests fail after a time, with {@link Reason#UNAVAILABLE}.
 *   <li>Attempts follow each other after a random delay that doubles, see {@link Builder#retry}.
 *   <li>A connection on which bytes that are due don't come for {@link Builder#replyTimeout} is
 *       given up, and so is one that sends what was not asked for.
 *   <li>If a request is cancelled that was asked for, the connection is ended, for its reply must
 *       not reach the next request. On pipes and serial devices it is received and destroyed.
 * </ul>
 *
 * <p>{@link Builder#qemuCompatible} sends byte for byte what QEMU's {@code rng-egd} sends.
 *
 * <p>Requests are completed on the thread that polls the {@link EgdLoop}, which any number of
 * sources share. Bytes go from the socket through one buffer of the loop into the request, and are
 * wiped there.
 */
public final class EgdBackend implements EntropyBackend {
  private final EgdAddress address;
  private final EgdLoop loop;
  private final Connector connector;
  private final EgdSession session;
  private final EgdLoop.Member member;
  private final EgdTally tally;
  private final SocketAddress local;
  private final Runnable whenClosed;

  private EgdBackend(Builder builder, Connector connector) {
    this.address = builder.address;
    this.loop = builder.loop;
    this.connector = connector;
    this.tally = new EgdTally();
    this.session =
        new EgdSession(
            address,
            builder.options(),
            connector,
            loop.clock(),
            builder.random,
            builder.listener,
            tally,
            loop.staging());
    this.member = new EgdLoop.Member(session);
    this.local =
        connector instanceof ListeningConnector listening ? listening.localAddress() : null;
    this.whenClosed = builder.whenClosed;
    session.onTimesChanged(() -> loop.signal(member));
  }

  /**
   * Begins the making of a source.
   *
   * @param address where its server is
   * @param loop does its work; outlives it
   * @return a builder with the defaults
   */
  public static Builder builder(EgdAddress address, EgdLoop loop) {
    return new Builder(address, loop);
  }

  /** Collects what a source is to be like. */
  public static final class Builder {
    private static final Duration LONGEST = Duration.ofDays(365);

    private final EgdAddress address;
    private final EgdLoop loop;
    private int window = 16;
    private Duration connectTimeout = Duration.ofSeconds(10);
    private Duration replyTimeout = Duration.ofSeconds(60);
    private Duration requestTimeout = Duration.ZERO;
    private Duration firstRetry = Duration.ofMillis(100);
    private Duration lastRetry = Duration.ofSeconds(30);
    private boolean qemuCompatible;
    private Supplier<SSLContext> tls;
    private EgdListener listener = EgdListener.SILENT;
    private RandomGenerator random = RandomGenerator.getDefault();
    private Runnable whenClosed = () -> {};

    private Builder(EgdAddress address, EgdLoop loop) {
      this.address = Objects.requireNonNull(address, "address");
      this.loop = Objects.requireNonNull(loop, "loop");
    }

    /**
     * Limits what may be under way.
     *
     * @param commands of up to 255 bytes, 1 to 4096; 16 unless set
     * @return this
     */
    public Builder window(int commands) {
      this.window = commands;
      return this;
    }

    /**
     * Limits an attempt to connect, TLS included.
     *
     * @param limit more than zero; 10 seconds unless set
     * @return this
     */
    public Builder connectTimeout(Duration limit) {
      this.connectTimeout = limit;
      return this;
    }

    /**
     * Limits the wait for the next byte of what is due.
     *
     * @param limit zero for none; 60 seconds unless set. A server may be slow for good reasons, and
     *     one that has died without a word is found no sooner
     * @return this
     */
    public Builder replyTimeout(Duration limit) {
      this.replyTimeout = limit;
      return this;
    }

    /**
     * Limits how long a request waits before it fails.
     *
     * @param limit zero for none, which is the default
     * @return this
     */
    public Builder requestTimeout(Duration limit) {
      this.requestTimeout = limit;
      return this;
    }

    /**
     * Sets the delays between attempts. After a connection on which a request was completed, the
     * first attempt is made at once.
     *
     * @param first before the second attempt, more than zero; 100 milliseconds unless set
     * @param longest not less; 30 seconds unless set
     * @return this
     */
    public Builder retry(Duration first, Duration longest) {
      this.firstRetry = first;
      this.lastRetry = longest;
      return this;
    }

    /**
     * Has the source send exactly what QEMU's {@code rng-egd} sends, with its weaknesses: all of a
     * request at once; nothing again after a lost connection; requests made without a connection
     * never; no limit of time. What comes goes to the oldest request, and surplus bytes to the
     * next. A cancelled request keeps its place, and what comes for it is destroyed.
     *
     * @return this
     */
    public Builder qemuCompatible() {
      this.qemuCompatible = true;
      return this;
    }

    /**
     * Says with what certificates TLS is spoken, if the address asks for it. The other side always
     * needs one that this context trusts and, if the source connects, that bears its name.
     *
     * @param context keys and trust, for example by {@link PemContext}
     * @return this
     */
    public Builder tls(SSLContext context) {
      Objects.requireNonNull(context, "context");
      return tls(() -> context);
    }

    /**
     * Says with what certificates TLS is spoken, which may be others for each connection.
     *
     * @param contexts asked when a connection begins, on the thread that polls the loop, for
     *     example {@link PemCredentials}
     * @return this
     */
    public Builder tls(Supplier<SSLContext> contexts) {
      this.tls = Objects.requireNonNull(contexts, "contexts");
      return this;
    }

    /**
     * Sets who is told of connections.
     *
     * @param told called on the thread that polls the loop
     * @return this
     */
    public Builder listener(EgdListener told) {
      this.listener = Objects.requireNonNull(told, "told");
      return this;
    }

    /**
     * Sets where the randomness of delays comes from.
     *
     * @param generator used by the thread that polls the loop only; not for secrets
     * @return this
     */
    public Builder random(RandomGenerator generator) {
      this.random = Objects.requireNonNull(generator, "generator");
      return this;
    }

    Builder whenClosed(Runnable task) {
      this.whenClosed = task;
      return this;
    }

    private EgdOptions options() {
      return qemuCompatible
          ? new EgdOptions(
              MAX_WINDOW, nanos(connectTimeout), 0, 0, nanos(firstRetry), nanos(lastRetry), true)
          : new EgdOptions(
              window,
              nanos(connectTimeout),
              nanos(replyTimeout),
              nanos(requestTimeout),
              nanos(firstRetry),
              nanos(lastRetry),
              false);
    }

    /** As good as for ever is no longer than a sum of nanoseconds can be. */
    private static long nanos(Duration duration) {
      return duration.compareTo(LONGEST) > 0 ? LONGEST.toNanos() : duration.toNanos();
    }

    /**
     * Opens the source. It begins to connect at once; that there is no server is no failure.
     *
     * @return the source
     * @throws IllegalArgumentException if a setting is out of its range
     * @throws EntropySourceException if the address can't be listened on, needs TLS and has no
     *     certificates, or the loop has been closed
     */
    public EgdBackend open() {
      if (window < 1 || window > MAX_WINDOW) {
        throw new IllegalArgumentException(
            "a window of " + window + " commands; 1 to " + MAX_WINDOW + " is accepted");
      }
      requireAtLeast("connectTimeout", connectTimeout, Duration.ofNanos(1));
      requireAtLeast("replyTimeout", replyTimeout, Duration.ZERO);
      requireAtLeast("requestTimeout", requestTimeout, Duration.ZERO);
      requireAtLeast("the first retry", firstRetry, Duration.ofNanos(1));
      requireAtLeast("the longest retry", lastRetry, firstRetry);
      if (loop.isClosed()) {
        throw new EntropySourceException(
            Reason.CLOSED, "egd:" + address + " was opened on a loop that has been closed");
      }
      EgdBackend backend = new EgdBackend(this, connector());
      loop.signal(backend.member);
      return backend;
    }

    private static void requireAtLeast(String what, Duration given, Duration least) {
      if (given.compareTo(least) < 0) {
        throw new IllegalArgumentException(
            what + " of " + given + "; " + least + " or more is accepted");
      }
    }

    private Connector connector() {
      if (address instanceof EgdAddress.Unix unix) {
        return unix.listen()
            ? new ListeningConnector(loop, unix, null)
            : new SocketConnector(loop, unix);
      }
      if (address instanceof EgdAddress.Tcp tcp) {
        Supplier<SSLContext> secured = tcp.tls() ? certificates() : null;
        return tcp.listen()
            ? new ListeningConnector(loop, tcp, secured)
            : new SocketConnector(loop, tcp, secured);
      }
      if (address instanceof EgdAddress.Udp udp) {
        return new DatagramConnector(loop, udp);
      }
      return new FileConnector(loop, address);
    }

    private Supplier<SSLContext> certificates() {
      if (tls == null) {
        throw new EntropySourceException(
            Reason.UNSUITABLE,
            "egd:" + address + " needs certificates; a directory of them (pki=) is accepted");
      }
      return tls;
    }
  }

  /** The most commands that may be under way: a mebibyte that is due. */
  static final int MAX_WINDOW = 4096;

  /**
   * Nothing is at hand: bytes are asked for only when they are requested.
   *
   * @return 0
   */
  @Override
  public int fill(ByteBuffer target, int index, int length) {
    if (session.isShut()) {
      throw session.closed();
    }
    return 0;
  }

  @Override
  public void submit(EntropyRequest request) {
    if (session.submit(request)) {
      loop.signal(member);
    } else {
      request.fail(session.closed());
    }
  }

  @Override
  public void cancel(EntropyRequest request) {
    if (!session.cancel(request)) {
      loop.signal(member);
    }
  }

  /**
   * Where the server is.
   *
   * @return the address
   */
  public EgdAddress address() {
    return address;
  }

  /**
   * Where the source listens, with the port that the system chose if that was left to it.
   *
   * @return empty if the source connects
   */
  public Optional<SocketAddress> localAddress() {
    return Optional.ofNullable(local);
  }

  /**
   * How the source stands with its server. Any thread.
   *
   * @return the state, perhaps an old one by now
   */
  public EgdState state() {
    return session.state();
  }

  /**
   * Why there was no connection the last time there was none. Any thread.
   *
   * @return one clause
   */
  public String problem() {
    return session.problem();
  }

  /**
   * Reads a counter. Any thread.
   *
   * @param counter which
   * @return what has been counted since the source was opened
   */
  public long count(EgdCounter counter) {
    return tally.get(counter);
  }

  @Override
  public void close() {
    if (session.shut()) {
      connector.close();
      loop.finish(member);
      whenClosed.run();
    }
  }

  @Override
  public String toString() {
    return "egd:" + address;
  }
}

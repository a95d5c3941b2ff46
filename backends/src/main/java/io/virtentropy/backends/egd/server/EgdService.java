package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySink;
import io.virtentropy.ratelimit.RateLimiter;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * What is served at an endpoint, and on what terms: the source and its limits, who is let in, what
 * becomes of contributions. One service may stand behind any number of endpoints and servers'
 * connections, and several services may share one source.
 *
 * <pre>{@code
 * EgdService service =
 *     EgdService.builder(source)
 *         .limiter(new QuotaWindow(new Quota(4096, 1000), clock)) // for all of its clients together
 *         .sink(KernelPool.open(KernelPool.DEFAULT_PATH))
 *         .trusted(peer -> peer.user().filter(root::equals).isPresent())
 *         .build();
 * }</pre>
 *
 * <p>Everything given here is called by the thread that polls the server.
 */
public final class EgdService {
  /** The most a client may be owed before its commands are left unread, unless chosen. */
  public static final int DEFAULT_MAX_OWED = 65_536;

  private final EntropyBackend source;
  private final RateLimiter limiter;
  private final Function<EgdPeer, RateLimiter> perConnection;
  private final EgdTurns turns;
  private final EntropySink sink;
  private final Predicate<EgdPeer> trusted;
  private final Predicate<EgdPeer> admitted;
  private final LongSupplier level;
  private final int maxOwed;
  private final int primer;
  private final boolean remembersDebts;
  private final boolean forgetsLeavers;

  private EgdService(Builder builder) {
    source = builder.source;
    limiter = builder.limiter;
    perConnection = builder.perConnection;
    turns = builder.turns;
    sink = builder.sink;
    trusted = builder.trusted;
    admitted = builder.admitted;
    level = builder.level;
    maxOwed = builder.maxOwed;
    primer = builder.primer;
    remembersDebts = builder.remembersDebts;
    forgetsLeavers = builder.forgetsLeavers;
  }

  /**
   * Begins a service.
   *
   * @param source where entropy comes from; the caller's to close, after the server
   * @return a builder whose {@code build} may be called as it is
   */
  public static Builder builder(EntropyBackend source) {
    return new Builder(source);
  }

  EntropyBackend source() {
    return source;
  }

  RateLimiter limiter() {
    return limiter;
  }

  RateLimiter limiterFor(EgdPeer peer) {
    return Objects.requireNonNull(perConnection.apply(peer), "the limiter of a connection");
  }

  /** Who decides whose turn it is; null if each client's limiter does. */
  EgdTurns turns() {
    return turns;
  }

  EntropySink sink() {
    return sink;
  }

  boolean trusts(EgdPeer peer) {
    return trusted.test(peer);
  }

  boolean admits(EgdPeer peer) {
    return admitted.test(peer);
  }

  /** The chosen source of levels, or null. */
  LongSupplier level() {
    return level;
  }

  int maxOwed() {
    return maxOwed;
  }

  int primer() {
    return primer;
  }

  boolean forgetsLeavers() {
    return forgetsLeavers;
  }

  boolean remembersDebts() {
    return remembersDebts;
  }

  /** Collects the terms of a service. */
  public static final class Builder {
    private final EntropyBackend source;
    private RateLimiter limiter = RateLimiter.unlimited();
    private Function<EgdPeer, RateLimiter> perConnection = peer -> RateLimiter.unlimited();
    private EgdTurns turns;
    private EntropySink sink = EntropySink.discarding();
    private Predicate<EgdPeer> trusted = peer -> false;
    private Predicate<EgdPeer> admitted = peer -> true;
    private LongSupplier level;
    private int maxOwed = DEFAULT_MAX_OWED;
    private int primer;
    private boolean remembersDebts;
    private boolean forgetsLeavers;

    private Builder(EntropyBackend source) {
      this.source = Objects.requireNonNull(source, "source");
    }

    /**
     * Limits how fast entropy flows to all connections of the service together; unlimited unless
     * given.
     *
     * @param all the limiter
     * @return this
     */
    public Builder limiter(RateLimiter all) {
      limiter = Objects.requireNonNull(all, "limiter");
      return this;
    }

    /**
     * Limits each connection; unlimited unless given. A limiter may be the same for several, such
     * as those of one user: each of those it has refused asks it again when it may have something
     * for one. With many, {@link #limiter} or {@link #limiters(Function, EgdTurns)} is cheaper.
     *
     * @param limiters called once for each connection that is admitted, when its TLS handshake is
     *     over
     * @return this
     */
    public Builder limiters(Function<EgdPeer, RateLimiter> limiters) {
      perConnection = Objects.requireNonNull(limiters, "limiters");
      turns = null;
      return this;
    }

    /**
     * Limits each connection by a limiter that has turns, such as a leaf of a tree. Whom it has
     * refused is not heard again before its turn, so that the cost of serving one does not depend
     * on how many wait.
     *
     * @param limiters called once for each connection that is admitted, when its TLS handshake is
     *     over
     * @param whose names those whose turn it is among all whom these limiters refused; several
     *     services may have the same
     * @return this
     */
    public Builder limiters(Function<EgdPeer, RateLimiter> limiters, EgdTurns whose) {
      perConnection = Objects.requireNonNull(limiters, "limiters");
      turns = Objects.requireNonNull(whose, "turns");
      return this;
    }

    /**
     * Chooses where contributions go; they are dropped unless given.
     *
     * @param value the sink, the caller's to close
     * @return this
     */
    public Builder sink(EntropySink value) {
      sink = Objects.requireNonNull(value, "sink");
      return this;
    }

    /**
     * Chooses whose contributions are credited; nobody's unless given. The credit is what the peer
     * claims, eight bits per byte at the most.
     *
     * @param who asked at each contribution
     * @return this
     */
    public Builder trusted(Predicate<EgdPeer> who) {
      trusted = Objects.requireNonNull(who, "trusted");
      return this;
    }

    /**
     * Chooses who may connect; everybody whom the socket's file mode lets in unless given.
     *
     * @param who asked once for each connection, with TLS before its handshake
     * @return this
     */
    public Builder admitted(Predicate<EgdPeer> who) {
      admitted = Objects.requireNonNull(who, "admitted");
      return this;
    }

    /**
     * Chooses what is answered when a client asks how much entropy there is. Unless given it is
     * {@value EgdServer#READY_BITS} while the source gives bytes when asked, and 0 while somebody
     * waits for it or a limit: a source need not know more of itself.
     *
     * @param bits in bits; what lies outside 0 to 2147483647 is answered as the nearest of the two,
     *     because clients are known that read a signed number
     * @return this
     */
    public Builder level(LongSupplier bits) {
      level = Objects.requireNonNull(bits, "level");
      return this;
    }

    /**
     * Chooses how much a client may be owed before its commands are left unread; {@link
     * #DEFAULT_MAX_OWED} unless given, which is more than a Linux guest ever asks for at once.
     *
     * @param bytes 1 or more; the command that reaches it is still taken
     * @return this
     */
    public Builder maxOwed(int bytes) {
      if (bytes < 1) {
        throw new IllegalArgumentException(bytes + " bytes owed; 1 or more is accepted");
      }
      maxOwed = bytes;
      return this;
    }

    /**
     * Serves clients that remember what they asked for when their connection is lost and never ask
     * again, as QEMU's {@code rng-egd} does (7.2 to 11.1). Wherever we connect to one, what the
     * last connection left owed is delivered first; it is charged as anything else.
     *
     * @param primerBytes what is delivered unasked over the first connection, 0 to {@link
     *     #DEFAULT_MAX_OWED}: a request that a former process of ours died with is not known to
     *     this one. QEMU keeps what is too much for the next request. A Linux guest asks for 64
     * @return this
     */
    public Builder rememberingClients(int primerBytes) {
      if (primerBytes < 0 || primerBytes > DEFAULT_MAX_OWED) {
        throw new IllegalArgumentException(
            "a primer of " + primerBytes + " bytes; 0 to " + DEFAULT_MAX_OWED + " is accepted");
      }
      primer = primerBytes;
      remembersDebts = true;
      return this;
    }

    /**
     * Ends a client that has closed its sending side as soon as a limit has it wait. Some do that
     * and go on reading, but most are gone; one that asks and goes, again and again, would leave
     * behind any number of connections that wait, each with a share of what all wait for.
     *
     * @return this
     */
    public Builder forgettingWhoLeaves() {
      forgetsLeavers = true;
      return this;
    }

    /**
     * Makes the service.
     *
     * @return the service
     */
    public EgdService build() {
      return new EgdService(this);
    }
  }
}

package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.server.Timers.Timer;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Serves sources to clients that speak EGD, any number of them: QEMU's {@code rng-egd}, daemons and
 * libraries that look for {@code /run/egd-pool}, other servers.
 *
 * <pre>{@code
 * try (EgdServer server =
 *     EgdServer.builder()
 *         .listen(Path.of("/run/egd-pool"), UnixSocketAccess.DEFAULT, service)
 *         .listen(new InetSocketAddress("localhost", 8888), service)
 *         .build()) {
 *   while (running) {
 *     server.poll(Long.MAX_VALUE);
 *   }
 * }
 * }</pre>
 *
 * <p><b>Duty cycle.</b> {@link #poll} does a bounded amount of work and returns; when there is none
 * it sleeps. It is called again and again by one thread; {@link EgdServerRunner} does that. Only
 * {@link #wakeUp} and the getters may be called by other threads.
 *
 * <p><b>What is answered.</b> Commands of a connection are answered in their order. Blocking reads
 * wait for bytes for as long as it takes, in turns with other connections; a non-blocking read gets
 * what source and limits allow now; contributions are mixed into the service's sink, and credited
 * if the peer is trusted; a byte that is no command ends the connection once everything before it
 * is answered. A client that closes its sending side is still answered, then the connection ends.
 *
 * <p><b>Clients are hostile.</b> A connection costs under 10 KiB (with TLS, 100), whatever it sends
 * and however little it reads; commands are left in the socket while {@link
 * EgdService.Builder#maxOwed} bytes are owed; a client that leaves replies unread, or a command
 * unfinished, is timed out. Bytes drawn for a connection that breaks are wiped and go to nobody.
 */
public final class EgdServer implements AutoCloseable {
  /** What is answered as the level, in bits, while bytes can be had: Linux's own for many years. */
  public static final int READY_BITS = 4096;

  /** The most connections at a time, unless chosen. */
  public static final int DEFAULT_MAX_CONNECTIONS = 2048;

  /** How long a client may leave its replies unread, in nanoseconds, unless chosen: ESDM's 30 s. */
  public static final long DEFAULT_STALL_NANOS = 30_000_000_000L;

  /** How long a client may take from a command's first byte to its last, unless chosen: 60 s. */
  public static final long DEFAULT_COMMAND_NANOS = 60_000_000_000L;

  /** How long a TLS handshake may take, in nanoseconds, unless chosen: 10 s. */
  public static final long DEFAULT_HANDSHAKE_NANOS = 10_000_000_000L;

  /**
   * The most clients that connected and whose TLS handshakes are under way. One more crowds out the
   * oldest: who merely connects, and does so again and again, does not keep others from it.
   */
  public static final int MAX_HANDSHAKES = 64;

  /** How long {@link #close} waits for clients to be served, in nanoseconds, unless chosen. */
  public static final long DEFAULT_DRAIN_NANOS = 1_000_000_000L;

  /** 146 years: an instant further away than half the clock's range would look like the past. */
  static final long FOREVER_NANOS = Long.MAX_VALUE / 2;

  private static final long MILLI_NANOS = 1_000_000L;

  private final NanoClock clock;
  private final EgdServerListener listener;
  private final long stallNanos;
  private final long commandNanos;
  private final long handshakeNanos;
  private final long drainNanos;
  private final long pid;
  private final EgdServerCounters counters = new EgdServerCounters();
  private final Set<Endpoint> endpoints = new LinkedHashSet<>();
  private final List<String> endpointNames;
  private final Admission admission;
  private final Timers timers = new Timers();
  private final Rounds rounds = new Rounds(this);
  private final Selector selector;
  private final HandshakeWork handshakes;
  private final Consumer<SelectionKey> dispatch = EgdServer::dispatch;
  private final Contributions contributions = new Contributions(this);
  private boolean closed;

  EgdServer(EgdServerBuilder builder) throws IOException {
    clock = builder.clock;
    listener = builder.listener;
    admission = new Admission(this, builder.maxConnections);
    stallNanos = builder.stallNanos;
    commandNanos = builder.commandNanos;
    handshakeNanos = builder.handshakeNanos;
    drainNanos = builder.drainNanos;
    pid = builder.pid;
    selector = Selector.open();
    handshakes = new HandshakeWork(selector::wakeup);
    boolean open = false;
    try {
      for (Function<EgdServer, Endpoint> maker : builder.endpoints) {
        Endpoint endpoint = maker.apply(this);
        endpoint.open();
        endpoints.add(endpoint);
      }
      endpointNames = endpoints.stream().map(Endpoint::name).toList();
      open = true;
    } finally {
      if (!open) {
        endpoints.forEach(Endpoint::stop);
        selector.close();
      }
    }
  }

  /**
   * Begins a server.
   *
   * @return a builder; {@code build} may be called as it is, for a server that is handed its
   *     connections with {@link #attach}
   */
  public static EgdServerBuilder builder() {
    return new EgdServerBuilder();
  }

  // ---- what may be asked

  /**
   * The endpoints that the server was built with, with the port that was chosen where 0 was given.
   *
   * @return as {@code unix:/run/egd.sock} or {@code tcp:127.0.0.1:8888}, in the order of the
   *     builder's calls; may be read by any thread
   */
  public List<String> endpoints() {
    return endpointNames;
  }

  /**
   * What was counted.
   *
   * @return may be read by any thread
   */
  public EgdServerCounters counters() {
    return counters;
  }

  /**
   * The clients that are connected. Called by the thread that polls.
   *
   * @return in no order
   */
  public List<EgdPeer> peers() {
    return admission.connections().stream().map(Connection::peer).toList();
  }

  // ---- connections

  /**
   * Serves a client over a connection that was made elsewhere, by whichever side. Called by the
   * thread that polls.
   *
   * @param channel the connection, the server's from now on
   * @param name where it came from, for the log
   * @param service what the client gets
   * @return the client; nothing if it was refused, and the connection closed
   * @throws IOException if the channel is of no use
   */
  public Optional<EgdPeer> attach(SocketChannel channel, String name, EgdService service)
      throws IOException {
    requireOpen();
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(service, "service");
    return Optional.ofNullable(admission.take(channel, name, service, null, null, 0))
        .map(Connection::peer);
  }

  /**
   * Begins to serve one more client that listens, such as a QEMU with {@code server=on}; as with
   * {@link EgdServerBuilder#connect(Path, EgdService)}. Called by the thread that polls, between
   * polls.
   *
   * @param path where it listens
   * @param service what it gets
   * @return the endpoint, for {@link #remove}
   */
  public EgdEndpoint add(Path path, EgdService service) {
    requireOpen();
    Objects.requireNonNull(service, "service");
    Connecting endpoint =
        new Connecting(this, service, UnixDomainSocketAddress.of(path), null, "unix:" + path);
    endpoints.add(endpoint);
    endpoint.open();
    return endpoint;
  }

  /**
   * Ends an endpoint that was added, with its connection and what is remembered of it. Called by
   * the thread that polls, between polls. Does nothing if it was removed before.
   *
   * @param endpoint what {@link #add} returned
   */
  public void remove(EgdEndpoint endpoint) {
    if (endpoint instanceof Connecting added && endpoints.remove(added)) {
      added.giveUp();
    }
  }

  Admission admission() {
    return admission;
  }

  /** A connection has ended; its buffers are wiped. */
  void ended(Connection connection, Session.Buffers buffers, boolean served) {
    admission.ended(connection, buffers, served);
  }

  /** The handshake of a connection is over. */
  void established(Connection connection) {
    admission.established(connection);
  }

  /** What nobody can do anything about, and somebody may want to know. */
  void log(String what, IOException e) {
    System.getLogger(EgdServer.class.getName()).log(System.Logger.Level.DEBUG, what, e);
  }

  // ---- for connections and endpoints

  SelectionKey register(SelectableChannel channel, int interest, ReadyChannel attachment)
      throws IOException {
    return channel.register(selector, interest, attachment);
  }

  HandshakeWork handshakes() {
    return handshakes;
  }

  Rounds rounds() {
    return rounds;
  }

  EgdServerListener listener() {
    return listener;
  }

  Contributions contributions() {
    return contributions;
  }

  NanoClock clock() {
    return clock;
  }

  long pid() {
    return pid;
  }

  long stallNanos() {
    return stallNanos;
  }

  long commandNanos() {
    return commandNanos;
  }

  long handshakeNanos() {
    return handshakeNanos;
  }

  Timers timers() {
    return timers;
  }

  void setTimer(Timer timer, long nanosFromNow) {
    timers.set(timer, clock.nanoTime() + Math.min(nanosFromNow, FOREVER_NANOS));
  }

  // ---- the duty cycle

  /**
   * Serves clients. Returns after some work, or when the time is over, or after {@link #wakeUp}.
   *
   * @param waitNanos how long to wait for work, in nanoseconds, rounded up to milliseconds; 0 not
   *     to wait
   * @return how much was done; 0 if nothing
   */
  public int poll(long waitNanos) {
    requireOpen();
    return cycle(waitNanos);
  }

  private int cycle(long waitNanos) {
    int work = handshakes.resume() + rounds.serve() + timers.run(clock.nanoTime()) + rounds.call();
    try {
      work += select(work > 0 ? 0 : Math.min(waitNanos, nanosUntilDue()));
    } catch (IOException e) {
      throw new UncheckedIOException("the selector failed", e);
    }
    return work + handshakes.resume() + rounds.serve() + rounds.call();
  }

  private int select(long nanos) throws IOException {
    if (nanos <= 0) {
      return selector.selectNow(dispatch);
    }
    long millis = nanos / MILLI_NANOS + (nanos % MILLI_NANOS == 0 ? 0 : 1);
    return selector.select(dispatch, millis);
  }

  private static void dispatch(SelectionKey key) {
    ((ReadyChannel) key.attachment()).ready();
  }

  private long nanosUntilDue() {
    return Math.min(timers.nanosUntilDue(clock.nanoTime()), rounds.nanosUntilDue());
  }

  /** Ends a wait of {@link #poll}, or the next one. May be called by any thread. */
  public void wakeUp() {
    selector.wakeup();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the server is closed");
    }
  }

  // ---- the end

  /**
   * Takes no more connections and commands, goes on serving what was asked for before until it is
   * done or the time for that is over, then ends all connections and removes the sockets. Sources
   * and sinks stay open. Called by the thread that polls. Idempotent.
   */
  @Override
  public void close() {
    close(drainNanos);
  }

  /**
   * Closes the server as {@link #close()} does, in another time than the one chosen at first.
   *
   * @param nanos how long to go on serving what was asked for, by the host's clock; 0 or more
   */
  public void close(long nanos) {
    if (closed) {
      return;
    }
    closed = true;
    endpoints.forEach(Endpoint::stop);
    List<Connection> connections = admission.connections();
    for (int i = connections.size() - 1; i >= 0; i--) {
      connections.get(i).hangUp();
    }
    long end = System.nanoTime() + nanos;
    long left;
    while (!isSettled() && (left = end - System.nanoTime()) > 0) {
      cycle(left);
    }
    while (!connections.isEmpty()) {
      connections.get(connections.size() - 1).close(EgdDisconnection.Cause.SERVER_CLOSED, "");
    }
    handshakes.stop();
    try {
      selector.close();
    } catch (IOException e) {
      log("the selector could not be closed", e);
    }
  }

  private boolean isSettled() {
    for (Connection connection : admission.connections()) {
      if (!connection.isSettled()) {
        return false;
      }
    }
    return true;
  }
}

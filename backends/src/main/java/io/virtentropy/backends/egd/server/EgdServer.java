package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.egd.tls.TlsStream;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import jdk.net.ExtendedSocketOptions;

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

  /** What the kernel may hold of a client's replies: bytes that are lost if it never reads them. */
  private static final int SEND_BUFFER_BYTES = 16_384;

  /** 146 years: an instant further away than half the clock's range would look like the past. */
  private static final long FOREVER_NANOS = Long.MAX_VALUE / 2;

  private static final long MILLI_NANOS = 1_000_000L;

  private final NanoClock clock;
  private final EgdServerListener listener;
  private final int maxConnections;
  private final long stallNanos;
  private final long commandNanos;
  private final long handshakeNanos;
  private final long drainNanos;
  private final long pid;
  private final EgdServerCounters counters = new EgdServerCounters();
  private final List<Endpoint> endpoints = new ArrayList<>();
  private final List<Connection> connections = new ArrayList<>();
  private final List<SourceQueue> queues = new ArrayList<>();
  private final List<EntropyBackend> sources = new ArrayList<>();
  private final ConnectionList throttled = new ConnectionList();

  /** Those whose handshake is not over, oldest first. */
  private final ArrayDeque<Connection> shaking = new ArrayDeque<>();

  private final ArrayDeque<Session.Buffers> spare = new ArrayDeque<>();
  private final Selector selector;
  private final Consumer<SelectionKey> dispatch = EgdServer::dispatch;
  private final byte[] scratch = new byte[256];
  private final ByteBuffer scratchView = ByteBuffer.wrap(scratch);
  private long nextNumber = 1;
  private boolean deadlineSet;
  private long nextDeadline;
  private boolean throttleSet;
  private long throttledUntil;
  private boolean closed;

  private EgdServer(Builder builder) throws IOException {
    clock = builder.clock;
    listener = builder.listener;
    maxConnections = builder.maxConnections;
    stallNanos = builder.stallNanos;
    commandNanos = builder.commandNanos;
    handshakeNanos = builder.handshakeNanos;
    drainNanos = builder.drainNanos;
    pid = builder.pid;
    selector = Selector.open();
    boolean open = false;
    try {
      for (Function<EgdServer, Endpoint> maker : builder.endpoints) {
        Endpoint endpoint = maker.apply(this);
        endpoint.open();
        endpoints.add(endpoint);
      }
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
  public static Builder builder() {
    return new Builder();
  }

  /** Collects what a server is made of. */
  public static final class Builder {
    private final List<Function<EgdServer, Endpoint>> endpoints = new ArrayList<>();
    private NanoClock clock = NanoClock.system();
    private EgdServerListener listener = EgdServerListener.NONE;
    private int maxConnections = DEFAULT_MAX_CONNECTIONS;
    private long stallNanos = DEFAULT_STALL_NANOS;
    private long commandNanos = DEFAULT_COMMAND_NANOS;
    private long handshakeNanos = DEFAULT_HANDSHAKE_NANOS;
    private long drainNanos = DEFAULT_DRAIN_NANOS;
    private long pid = ProcessHandle.current().pid();

    private Builder() {}

    /**
     * Listens on a Unix socket.
     *
     * @param path where; a socket that nobody listens at any more is replaced
     * @param access who may connect
     * @param service what they get
     * @return this
     */
    public Builder listen(Path path, UnixSocketAccess access, EgdService service) {
      Objects.requireNonNull(path, "path");
      Objects.requireNonNull(access, "access");
      Objects.requireNonNull(service, "service");
      return add(
          server ->
              new Listening(server, service, null, () -> UnixSocketFile.listen(path, access)));
    }

    /**
     * Listens on a port of this machine, for processes of this machine.
     *
     * @param address a loopback address; port 0 for one that is free
     * @param service what they get
     * @return this
     * @throws IllegalArgumentException if others could reach the address: what they are given, and
     *     contribute, would be there for everybody on the way to read
     */
    public Builder listen(InetSocketAddress address, EgdService service) {
      requireLoopback(address);
      Objects.requireNonNull(service, "service");
      return add(server -> new Listening(server, service, null, () -> bindPort(address)));
    }

    /**
     * Listens on a port, encrypted.
     *
     * @param address any address of this machine; port 0 for one that is free
     * @param tls certificates, and whether clients need some
     * @param service what they get
     * @return this
     */
    public Builder listen(InetSocketAddress address, EgdTls tls, EgdService service) {
      requireResolved(address);
      Objects.requireNonNull(tls, "tls");
      Objects.requireNonNull(service, "service");
      return add(server -> new Listening(server, service, tls, () -> bindPort(address)));
    }

    /**
     * Serves a client that listens, such as a QEMU with {@code server=on}. It is connected to again
     * and again while it is away.
     *
     * @param path where it listens
     * @param service what it gets
     * @return this
     */
    public Builder connect(Path path, EgdService service) {
      Objects.requireNonNull(service, "service");
      UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
      return add(server -> new Connecting(server, service, address, null, "unix:" + path));
    }

    /**
     * Serves a client that listens on a port of this machine.
     *
     * @param address where it listens; a loopback address
     * @param service what it gets
     * @return this
     * @throws IllegalArgumentException if the address is another machine's
     */
    public Builder connect(InetSocketAddress address, EgdService service) {
      requireLoopback(address);
      Objects.requireNonNull(service, "service");
      return add(server -> new Connecting(server, service, address, null, tcpName(address)));
    }

    /**
     * Serves a client that listens on a port, encrypted, such as a QEMU with {@code
     * server=on,tls-creds=…}. Its certificate has to be trusted, and to be that of the address's
     * host. The connection counts as made when the client has sent something, or has kept it open
     * for a second: with TLS 1.3 a client that does not accept our certificate says so after our
     * side of the handshake is over.
     *
     * @param address where it listens
     * @param tls certificates
     * @param service what it gets
     * @return this
     */
    public Builder connect(InetSocketAddress address, EgdTls tls, EgdService service) {
      requireResolved(address);
      Objects.requireNonNull(tls, "tls");
      Objects.requireNonNull(service, "service");
      return add(server -> new Connecting(server, service, address, tls, tcpName(address)));
    }

    private Builder add(Function<EgdServer, Endpoint> endpoint) {
      endpoints.add(endpoint);
      return this;
    }

    private static void requireResolved(InetSocketAddress address) {
      if (address.isUnresolved()) {
        throw new IllegalArgumentException("the host '" + address.getHostString() + "' is unknown");
      }
    }

    private static void requireLoopback(InetSocketAddress address) {
      requireResolved(address);
      if (!address.getAddress().isLoopbackAddress()) {
        throw new IllegalArgumentException(
            tcpName(address)
                + " is no loopback address, and without TLS entropy does not leave this machine;"
                + " a loopback address, or TLS, is accepted");
      }
    }

    /**
     * Chooses the clock of deadlines, limits and retries; the host's unless given.
     *
     * @param value the clock, which the limiters use too
     * @return this
     */
    public Builder clock(NanoClock value) {
      clock = Objects.requireNonNull(value, "clock");
      return this;
    }

    /**
     * Listens to rare events.
     *
     * @param value the listener
     * @return this
     */
    public Builder listener(EgdServerListener value) {
      listener = Objects.requireNonNull(value, "listener");
      return this;
    }

    /**
     * Chooses how many may be connected at a time; {@link #DEFAULT_MAX_CONNECTIONS} unless given.
     * One more is closed again at once, and so sees that it is not served.
     *
     * @param value 1 or more
     * @return this
     */
    public Builder maxConnections(int value) {
      if (value < 1) {
        throw new IllegalArgumentException(value + " connections; 1 or more is accepted");
      }
      maxConnections = value;
      return this;
    }

    /**
     * Chooses how long a client may leave its replies unread; {@link #DEFAULT_STALL_NANOS} unless
     * given. Each byte it reads begins the time anew.
     *
     * @param nanos 1 or more
     * @return this
     */
    public Builder stallNanos(long nanos) {
      stallNanos = requireTime(nanos);
      return this;
    }

    /**
     * Chooses how long a client may take over one command; {@link #DEFAULT_COMMAND_NANOS} unless
     * given. Between commands it may be silent for ever.
     *
     * @param nanos 1 or more
     * @return this
     */
    public Builder commandNanos(long nanos) {
      commandNanos = requireTime(nanos);
      return this;
    }

    /**
     * Chooses how long a TLS handshake may take; {@link #DEFAULT_HANDSHAKE_NANOS} unless given.
     *
     * @param nanos 1 or more
     * @return this
     */
    public Builder handshakeNanos(long nanos) {
      handshakeNanos = requireTime(nanos);
      return this;
    }

    /**
     * Chooses how long {@link EgdServer#close} goes on serving what was asked for before; {@link
     * #DEFAULT_DRAIN_NANOS} unless given. It is measured by the host's clock.
     *
     * @param nanos 0 or more
     * @return this
     */
    public Builder drainNanos(long nanos) {
      drainNanos = nanos == 0 ? 0 : requireTime(nanos);
      return this;
    }

    private static long requireTime(long nanos) {
      if (nanos < 1 || nanos > FOREVER_NANOS) {
        throw new IllegalArgumentException(nanos + " ns; 1 to " + FOREVER_NANOS + " is accepted");
      }
      return nanos;
    }

    /**
     * Chooses the process number that clients are told; this process's unless given.
     *
     * @param value 0 to 2147483647; 0 where it is nobody's business
     * @return this
     */
    public Builder pid(long value) {
      if (value < 0 || value > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "process number " + value + "; 0 to " + Integer.MAX_VALUE + " is accepted");
      }
      pid = value;
      return this;
    }

    /**
     * Opens the sockets.
     *
     * @return the server, which listens already
     * @throws IOException with one clear sentence if a socket can't be had
     */
    public EgdServer build() throws IOException {
      return new EgdServer(this);
    }
  }

  private static Listening.Bound bindPort(InetSocketAddress address) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      // A restart must not wait for what the last one's connections left behind.
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, Listening.BACKLOG);
      String name = tcpName((InetSocketAddress) channel.getLocalAddress());
      return new Listening.Bound(channel, name, () -> {});
    } catch (IOException e) {
      channel.close();
      throw new IOException(tcpName(address) + " can't be listened on: " + e.getMessage(), e);
    }
  }

  private static String tcpName(InetSocketAddress address) {
    String host =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return "tcp:" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  // ---- what may be asked

  /**
   * The endpoints, with the port that was chosen where 0 was given.
   *
   * @return as {@code unix:/run/egd.sock} or {@code tcp:127.0.0.1:8888}, in the order of the
   *     builder's calls
   */
  public List<String> endpoints() {
    return endpoints.stream().map(Endpoint::name).toList();
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
    return connections.stream().map(Connection::peer).toList();
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
    return take(channel, name, service, null, null, 0)
        ? Optional.of(connections.get(connections.size() - 1).peer())
        : Optional.empty();
  }

  /**
   * Begins to serve one more client that listens, such as a QEMU with {@code server=on}; as with
   * {@link Builder#connect(Path, EgdService)}. Called by the thread that polls, between polls.
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
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.get(i) == endpoint) {
        Endpoint removed = endpoints.remove(i);
        removed.stop();
        closeConnectionsOf(removed);
        return;
      }
    }
  }

  private void closeConnectionsOf(Endpoint endpoint) {
    for (int i = connections.size() - 1; i >= 0; i--) {
      if (connections.get(i).isOf(endpoint)) {
        connections.get(i).close(EgdDisconnection.Cause.SERVER_CLOSED, "");
      }
    }
  }

  /** Begins to serve a connection; false if it was refused. */
  boolean take(
      SocketChannel channel,
      String name,
      EgdService service,
      Supplier<SSLEngine> tls,
      Endpoint endpoint,
      int owed) {
    counters.increment(EgdServerCounter.CONNECTIONS);
    EgdPeer peer = null;
    try {
      channel.configureBlocking(false);
      peer = describe(channel, name);
      String refusal = refusal(peer, service);
      if (refusal == null) {
        begin(channel, peer, service, tls, endpoint, owed);
        return true;
      }
      counters.increment(EgdServerCounter.REFUSED);
      listener.refused(peer, refusal);
    } catch (IOException e) {
      counters.increment(EgdServerCounter.REFUSED);
      EgdPeer known = peer == null ? new EgdPeer(nextNumber++, name, "", null) : peer;
      listener.refused(known, "the connection can't be used: " + e.getMessage());
    }
    closeQuietly(channel);
    return false;
  }

  private String refusal(EgdPeer peer, EgdService service) {
    if (connections.size() >= maxConnections) {
      return maxConnections + " others are connected already, which is the most";
    }
    return service.admits(peer) ? null : "it is not admitted here";
  }

  private void begin(
      SocketChannel channel,
      EgdPeer peer,
      EgdService service,
      Supplier<SSLEngine> tls,
      Endpoint endpoint,
      int owed)
      throws IOException {
    Link link =
        tls == null ? new Link.Plain(channel) : new Link.Tls(new TlsStream(channel, tls.get()));
    Session.Buffers buffers = spare.isEmpty() ? new Session.Buffers() : spare.pop();
    Connection connection =
        new Connection(this, service, peer, channel, link, buffers, endpoint, owed);
    connection.open();
    connection.index = connections.size();
    connections.add(connection);
    if (tls != null && endpoint == null) {
      shaking.addLast(connection);
      if (shaking.size() > MAX_HANDSHAKES) {
        shaking.removeFirst().refuse("it was crowded out, by newer handshakes than its own");
      }
    }
    connection.begin();
  }

  /** The handshake of a connection is over. */
  void established(Connection connection) {
    stopShaking(connection);
    listener.connected(connection.peer());
  }

  private void stopShaking(Connection connection) {
    shaking.removeIf(one -> one == connection);
  }

  private EgdPeer describe(SocketChannel channel, String name) throws IOException {
    SocketAddress remote = channel.getRemoteAddress();
    channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
    if (remote instanceof InetSocketAddress inet) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      return new EgdPeer(nextNumber++, name, tcpName(inet), null);
    }
    UserPrincipal user =
        channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)
            ? channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user()
            : null;
    return new EgdPeer(nextNumber++, name, "", user);
  }

  /** A connection has ended; its buffers are wiped. */
  void ended(Connection connection, Session.Buffers buffers, boolean served) {
    counters.increment(served ? EgdServerCounter.DISCONNECTIONS : EgdServerCounter.REFUSED);
    if (!served) {
      stopShaking(connection);
    }
    spare.push(buffers);
    int last = connections.size() - 1;
    Connection moved = connections.remove(last);
    if (moved != connection) {
      connections.set(connection.index, moved);
      moved.index = connection.index;
    }
  }

  private void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log("a socket could not be closed", e);
    }
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

  SourceQueue queueOf(EntropyBackend source) {
    for (int i = 0; i < sources.size(); i++) {
      if (sources.get(i) == source) {
        return queues.get(i);
      }
    }
    SourceQueue queue = new SourceQueue(source, clock, counters, listener, selector::wakeup);
    sources.add(source);
    queues.add(queue);
    return queue;
  }

  EgdServerListener listener() {
    return listener;
  }

  byte[] scratch() {
    return scratch;
  }

  ByteBuffer scratchView() {
    return scratchView;
  }

  long pid() {
    return pid;
  }

  long now() {
    return clock.nanoTime();
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

  /** An instant, which is looked at when it has come. */
  long deadlineIn(long nanos) {
    long at = clock.nanoTime() + nanos;
    if (!deadlineSet || at - nextDeadline < 0) {
      deadlineSet = true;
      nextDeadline = at;
    }
    return at;
  }

  /** Has a client wait for a limit. */
  void throttle(Connection connection, long nanos) {
    long until = clock.nanoTime() + Math.min(nanos, FOREVER_NANOS);
    connection.throttledUntil = until;
    throttled.addLast(connection);
    if (!throttleSet || until - throttledUntil < 0) {
      throttleSet = true;
      throttledUntil = until;
    }
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
    int work = serve() + lookAtClock();
    try {
      work += select(work > 0 ? 0 : Math.min(waitNanos, nanosUntilDue()));
    } catch (IOException e) {
      throw new UncheckedIOException("the selector failed", e);
    }
    return work + serve();
  }

  private int serve() {
    int work = 0;
    for (int i = 0; i < queues.size(); i++) {
      work += queues.get(i).serve();
    }
    return work;
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

  /** Ends waits that are over. */
  private int lookAtClock() {
    long now = clock.nanoTime();
    int work = 0;
    if (throttleSet && now - throttledUntil >= 0) {
      work += stopThrottling(now);
    }
    if (deadlineSet && now - nextDeadline >= 0) {
      work += timeOut(now);
    }
    for (int i = 0; i < endpoints.size(); i++) {
      if (endpoints.get(i).nanosUntilRetry(now) == 0) {
        endpoints.get(i).retry();
        work++;
      }
    }
    return work;
  }

  /** In the order in which they were refused, so that the first gets what there is first. */
  private int stopThrottling(long now) {
    int work = 0;
    throttleSet = false;
    Connection next = throttled.first();
    while (next != null) {
      Connection connection = next;
      next = connection.next;
      if (now - connection.throttledUntil >= 0) {
        connection.stopWaiting();
        work++;
      } else if (!throttleSet || connection.throttledUntil - throttledUntil < 0) {
        throttleSet = true;
        throttledUntil = connection.throttledUntil;
      }
    }
    return work;
  }

  private int timeOut(long now) {
    int work = 0;
    deadlineSet = false;
    long nearest = Long.MAX_VALUE;
    for (int i = connections.size() - 1;
        i >= 0;
        i--) { // one that ends makes the last take its place
      Connection connection = connections.get(i);
      long left = connection.nanosLeft(now);
      if (left == 0) {
        connection.timeOut();
        work++;
      } else {
        nearest = Math.min(nearest, left);
      }
    }
    if (nearest < Long.MAX_VALUE) {
      deadlineSet = true;
      nextDeadline = now + nearest;
    }
    return work;
  }

  private long nanosUntilDue() {
    long nanos = Long.MAX_VALUE;
    for (int i = 0; i < queues.size(); i++) {
      nanos = Math.min(nanos, queues.get(i).nanosUntilDue());
    }
    long now = clock.nanoTime();
    if (throttleSet) {
      nanos = Math.min(nanos, Math.max(0, throttledUntil - now));
    }
    if (deadlineSet) {
      nanos = Math.min(nanos, Math.max(0, nextDeadline - now));
    }
    for (int i = 0; i < endpoints.size(); i++) {
      nanos = Math.min(nanos, endpoints.get(i).nanosUntilRetry(now));
    }
    return nanos;
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
    try {
      selector.close();
    } catch (IOException e) {
      log("the selector could not be closed", e);
    }
  }

  private boolean isSettled() {
    for (Connection connection : connections) {
      if (!connection.isSettled()) {
        return false;
      }
    }
    return true;
  }
}

package io.virtentropy.backends.egd.server;

import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** Collects what a server is made of. */
public final class EgdServerBuilder {
  final List<Function<EgdServer, Endpoint>> endpoints = new ArrayList<>();
  NanoClock clock = NanoClock.system();
  EgdServerListener listener = EgdServerListener.NONE;
  int maxConnections = EgdServer.DEFAULT_MAX_CONNECTIONS;
  long stallNanos = EgdServer.DEFAULT_STALL_NANOS;
  long commandNanos = EgdServer.DEFAULT_COMMAND_NANOS;
  long handshakeNanos = EgdServer.DEFAULT_HANDSHAKE_NANOS;
  long drainNanos = EgdServer.DEFAULT_DRAIN_NANOS;
  long pid = ProcessHandle.current().pid();

  EgdServerBuilder() {}

  /**
   * Listens on a Unix socket.
   *
   * @param path where; a socket that nobody listens at any more is replaced
   * @param access who may connect
   * @param service what they get
   * @return this
   */
  public EgdServerBuilder listen(Path path, UnixSocketAccess access, EgdService service) {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(access, "access");
    Objects.requireNonNull(service, "service");
    return add(
        server -> new Listening(server, service, null, () -> UnixSocketFile.listen(path, access)));
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
  public EgdServerBuilder listen(InetSocketAddress address, EgdService service) {
    TcpPort.requireLoopback(address);
    Objects.requireNonNull(service, "service");
    return add(server -> new Listening(server, service, null, () -> TcpPort.bind(address)));
  }

  /**
   * Listens on a port, encrypted.
   *
   * @param address any address of this machine; port 0 for one that is free
   * @param tls certificates, and whether clients need some
   * @param service what they get
   * @return this
   */
  public EgdServerBuilder listen(InetSocketAddress address, EgdTls tls, EgdService service) {
    TcpPort.requireResolved(address);
    Objects.requireNonNull(tls, "tls");
    Objects.requireNonNull(service, "service");
    return add(server -> new Listening(server, service, tls, () -> TcpPort.bind(address)));
  }

  /**
   * Serves a client that listens, such as a QEMU with {@code server=on}. It is connected to again
   * and again while it is away.
   *
   * @param path where it listens
   * @param service what it gets
   * @return this
   */
  public EgdServerBuilder connect(Path path, EgdService service) {
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
  public EgdServerBuilder connect(InetSocketAddress address, EgdService service) {
    TcpPort.requireLoopback(address);
    Objects.requireNonNull(service, "service");
    return add(server -> new Connecting(server, service, address, null, TcpPort.name(address)));
  }

  /**
   * Serves a client that listens on a port, encrypted, such as a QEMU with {@code
   * server=on,tls-creds=…}. Its certificate has to be trusted, and to be that of the address's
   * host. The connection counts as made when the client has sent something, or has kept it open for
   * a second: with TLS 1.3 a client that does not accept our certificate says so after our side of
   * the handshake is over.
   *
   * @param address where it listens
   * @param tls certificates
   * @param service what it gets
   * @return this
   */
  public EgdServerBuilder connect(InetSocketAddress address, EgdTls tls, EgdService service) {
    TcpPort.requireResolved(address);
    Objects.requireNonNull(tls, "tls");
    Objects.requireNonNull(service, "service");
    return add(server -> new Connecting(server, service, address, tls, TcpPort.name(address)));
  }

  private EgdServerBuilder add(Function<EgdServer, Endpoint> endpoint) {
    endpoints.add(endpoint);
    return this;
  }

  /**
   * Chooses the clock of deadlines, limits and retries; the host's unless given.
   *
   * @param value the clock, which the limiters use too
   * @return this
   */
  public EgdServerBuilder clock(NanoClock value) {
    clock = Objects.requireNonNull(value, "clock");
    return this;
  }

  /**
   * Listens to rare events.
   *
   * @param value the listener
   * @return this
   */
  public EgdServerBuilder listener(EgdServerListener value) {
    listener = Objects.requireNonNull(value, "listener");
    return this;
  }

  /**
   * Chooses how many may be connected at a time; {@link EgdServer#DEFAULT_MAX_CONNECTIONS} unless
   * given. One more is closed again at once, and so sees that it is not served.
   *
   * @param value 1 or more
   * @return this
   */
  public EgdServerBuilder maxConnections(int value) {
    if (value < 1) {
      throw new IllegalArgumentException(value + " connections; 1 or more is accepted");
    }
    maxConnections = value;
    return this;
  }

  /**
   * Chooses how long a client may leave its replies unread; {@link EgdServer#DEFAULT_STALL_NANOS}
   * unless given. Each byte it reads begins the time anew.
   *
   * @param nanos 1 or more
   * @return this
   */
  public EgdServerBuilder stallNanos(long nanos) {
    stallNanos = requireTime(nanos);
    return this;
  }

  /**
   * Chooses how long a client may take over one command; {@link EgdServer#DEFAULT_COMMAND_NANOS}
   * unless given. Between commands it may be silent for ever.
   *
   * @param nanos 1 or more
   * @return this
   */
  public EgdServerBuilder commandNanos(long nanos) {
    commandNanos = requireTime(nanos);
    return this;
  }

  /**
   * Chooses how long a TLS handshake may take; {@link EgdServer#DEFAULT_HANDSHAKE_NANOS} unless
   * given.
   *
   * @param nanos 1 or more
   * @return this
   */
  public EgdServerBuilder handshakeNanos(long nanos) {
    handshakeNanos = requireTime(nanos);
    return this;
  }

  /**
   * Chooses how long {@link EgdServer#close} goes on serving what was asked for before; {@link
   * EgdServer#DEFAULT_DRAIN_NANOS} unless given. It is measured by the host's clock.
   *
   * @param nanos 0 or more
   * @return this
   */
  public EgdServerBuilder drainNanos(long nanos) {
    drainNanos = nanos == 0 ? 0 : requireTime(nanos);
    return this;
  }

  private static long requireTime(long nanos) {
    if (nanos < 1 || nanos > EgdServer.FOREVER_NANOS) {
      throw new IllegalArgumentException(
          nanos + " ns; 1 to " + EgdServer.FOREVER_NANOS + " is accepted");
    }
    return nanos;
  }

  /**
   * Chooses the process number that clients are told; this process's unless given.
   *
   * @param value 0 to 2147483647; 0 where it is nobody's business
   * @return this
   */
  public EgdServerBuilder pid(long value) {
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

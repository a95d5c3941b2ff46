package io.virtentropy.distribution.management;

import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.backends.egd.server.UnixSocketFile;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.libvirt.LibvirtReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.handler.SizeLimitHandler;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Serves management calls until it is closed, on threads of its own.
 *
 * <pre>{@code
 * curl --unix-socket /run/virtentropy/control http://localhost/v1/pools
 * }</pre>
 */
public final class ManagementServer implements AutoCloseable {
  /** The largest body that is taken: as long as the longest definition. */
  static final long MAX_BODY_BYTES = 4 << 20;

  private static final int MAX_THREADS = 48;
  private static final int HEADER_BYTES = 8192;

  /** In which a request must be whole: nobody types them. */
  static final long REQUEST_SECONDS = 30;

  private final Path socket;
  private final UnixSocketFile file;
  private final Server server;
  private final EventsHandler events;

  /**
   * Who may manage.
   *
   * @param socket whose the socket is, and its mode
   * @param users names of users who may call beside that, as the kernel knows the caller; empty
   *     means everybody whom the mode lets in
   */
  public record Access(UnixSocketAccess socket, Set<String> users) {
    /**
     * Copies the set.
     *
     * @param socket whose the socket is, and its mode
     * @param users names of users who may call
     */
    public Access {
      Objects.requireNonNull(socket, "socket");
      users = Set.copyOf(users);
    }
  }

  private ManagementServer(Path socket, UnixSocketFile file, Server server, EventsHandler events) {
    this.socket = socket;
    this.file = file;
    this.server = server;
    this.events = events;
  }

  /**
   * Starts to serve pools that have nothing to do with libvirt.
   *
   * @param socket where; a socket that nobody listens at any more is replaced
   * @param access who may manage
   * @param control what is managed
   * @return the server
   * @throws IOException with one sentence if the socket can't be had
   */
  public static ManagementServer start(Path socket, Access access, PoolControl control)
      throws IOException {
    return start(socket, access, control, Optional.empty());
  }

  /**
   * Starts to serve.
   *
   * @param socket where; a socket that nobody listens at any more is replaced
   * @param access who may manage
   * @param control what is managed
   * @param libvirt tells how things are with libvirt, if guests come from there
   * @return the server
   * @throws IOException with one sentence if the socket can't be had
   */
  public static ManagementServer start(
      Path socket, Access access, PoolControl control, Optional<Supplier<LibvirtReport>> libvirt)
      throws IOException {
    return start(socket, access, control, libvirt, REQUEST_SECONDS, REQUEST_SECONDS * 1000);
  }

  /** As above; a time of 0 for one that a test leaves out. */
  static ManagementServer start(
      Path socket,
      Access access,
      PoolControl control,
      Optional<Supplier<LibvirtReport>> libvirt,
      long requestSeconds,
      long idleMillis)
      throws IOException {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 2);
    threads.setName("management");
    threads.setDaemon(true);
    Server server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setRequestHeaderSize(HEADER_BYTES);
    http.setSendServerVersion(false);
    UnixDomainServerConnector connector =
        new UnixDomainServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setIdleTimeout(idleMillis);
    Callers callers = new Callers(connector.getScheduler(), requestSeconds);
    connector.addBean(callers);
    server.addConnector(connector);
    EventsHandler events = new EventsHandler(control.events());
    SizeLimitHandler limit = new SizeLimitHandler(MAX_BODY_BYTES, -1);
    limit.setHandler(
        new CallHandler(new PoolCalls(control, libvirt), events, callers, access.users()));
    server.setHandler(limit);
    server.setErrorHandler(new JsonErrorHandler());
    boolean started = false;
    try {
      UnixSocketFile file =
          UnixSocketFile.place(
              socket,
              access.socket(),
              path -> {
                connector.setUnixDomainPath(path);
                start(server);
              });
      started = true;
      return new ManagementServer(socket, file, server, events);
    } catch (IOException e) {
      throw new IOException("unix:" + socket + " can't be listened on: " + e.getMessage(), e);
    } finally {
      if (!started) {
        stop(server);
      }
    }
  }

  private static void start(Server server) throws IOException {
    try {
      server.start();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** {@return where it listens} */
  public Path socket() {
    return socket;
  }

  private static void stop(Server server) {
    try {
      server.stop();
    } catch (Exception e) {
      System.getLogger(ManagementServer.class.getName())
          .log(System.Logger.Level.WARNING, "the management server could not be stopped", e);
    }
  }

  /** Ends event streams and calls, and removes the socket. */
  @Override
  public void close() {
    file.close();
    events.close();
    stop(server);
  }
}

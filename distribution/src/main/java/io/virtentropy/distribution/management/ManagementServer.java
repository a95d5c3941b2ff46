package io.virtentropy.distribution.management;

import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.libvirt.LibvirtReport;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
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
  private static final long IDLE_MILLIS = 30_000;

  private final Path socket;
  private final Server server;
  private final EventsHandler events;

  /**
   * Who may manage.
   *
   * @param mode the file mode of the socket
   * @param group the group that owns it; absent means the process's own
   * @param users names of users who may call beside that, as the kernel knows the caller; empty
   *     means everybody whom the mode lets in
   */
  public record Access(Set<PosixFilePermission> mode, Optional<String> group, Set<String> users) {
    /**
     * Copies the sets.
     *
     * @param mode the file mode of the socket
     * @param group the group that owns it
     * @param users names of users who may call
     */
    public Access {
      mode = Set.copyOf(mode);
      Objects.requireNonNull(group, "group");
      users = Set.copyOf(users);
    }
  }

  private ManagementServer(Path socket, Server server, EventsHandler events) {
    this.socket = socket;
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
    makeRoom(socket);
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 2);
    threads.setName("management");
    threads.setDaemon(true);
    Server server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setRequestHeaderSize(HEADER_BYTES);
    http.setSendServerVersion(false);
    UnixDomainServerConnector connector =
        new UnixDomainServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setUnixDomainPath(socket);
    connector.setIdleTimeout(IDLE_MILLIS);
    server.addConnector(connector);
    EventsHandler events = new EventsHandler(control.events());
    SizeLimitHandler limit = new SizeLimitHandler(MAX_BODY_BYTES, -1);
    limit.setHandler(new CallHandler(new PoolCalls(control, libvirt), events, access.users()));
    server.setHandler(limit);
    server.setErrorHandler(new JsonErrorHandler());
    boolean started = false;
    try {
      server.start();
      grant(socket, access);
      started = true;
    } catch (IOException e) {
      throw new IOException("unix:" + socket + " can't be listened on: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("unix:" + socket + " can't be listened on: " + e.getMessage(), e);
    } finally {
      if (!started) {
        stop(server);
      }
    }
    return new ManagementServer(socket, server, events);
  }

  /** {@return where it listens} */
  public Path socket() {
    return socket;
  }

  /** Removes the socket of a process that is gone. */
  private static void makeRoom(Path socket) throws IOException {
    if (!Files.exists(socket, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.connect(UnixDomainSocketAddress.of(socket));
      throw new IOException(
          "unix:" + socket + " can't be listened on: a process listens there already");
    } catch (ConnectException e) {
      Files.delete(socket);
    }
  }

  /** Until this is done nobody but ourselves may write to the socket, whatever the umask allows. */
  private static void grant(Path socket, Access access) throws IOException {
    PosixFileAttributeView view = Files.getFileAttributeView(socket, PosixFileAttributeView.class);
    if (access.group().isPresent()) {
      view.setGroup(
          FileSystems.getDefault()
              .getUserPrincipalLookupService()
              .lookupPrincipalByGroupName(access.group().get()));
    }
    view.setPermissions(access.mode());
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
    events.close();
    stop(server);
  }
}

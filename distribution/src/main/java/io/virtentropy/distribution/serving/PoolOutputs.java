package io.virtentropy.distribution.serving;

import io.virtentropy.backends.egd.PemCredentials;
import io.virtentropy.backends.egd.TlsPeers;
import io.virtentropy.backends.egd.server.EgdServerBuilder;
import io.virtentropy.backends.egd.server.EgdService;
import io.virtentropy.backends.egd.server.EgdTls;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.distribution.pool.OutputDefinition;
import io.virtentropy.distribution.pool.OutputDefinition.Mode;
import io.virtentropy.distribution.pool.OutputDefinition.Permissions;
import io.virtentropy.distribution.pool.OutputDefinition.Tcp;
import io.virtentropy.distribution.pool.OutputDefinition.Tls;
import io.virtentropy.distribution.pool.OutputDefinition.UnixSocket;
import io.virtentropy.distribution.xml.ServicePort;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Makes endpoints of what a definition calls outputs, and sees when their certificates are renewed.
 */
final class PoolOutputs {
  /** Takes a number for the name of a user or a group, too. */
  private static final UserPrincipalLookupService PRINCIPALS =
      FileSystems.getDefault().getUserPrincipalLookupService();

  private final EgdServerBuilder builder;
  private final NanoClock clock;
  private final Consumer<String> trouble;
  private final List<PemCredentials> certificates = new ArrayList<>();

  /**
   * Creates it without any.
   *
   * @param builder takes the endpoints
   * @param clock the clock of looks at certificates
   * @param trouble is told of certificates that are renewed and no good
   */
  PoolOutputs(EgdServerBuilder builder, NanoClock clock, Consumer<String> trouble) {
    this.builder = builder;
    this.clock = clock;
    this.trouble = trouble;
  }

  /** Looks for renewed certificates, though nobody connects; a second after the last time. */
  void look() {
    certificates.forEach(PemCredentials::get);
  }

  /** Whether we are the side that connects. */
  static boolean connects(OutputDefinition output) {
    return (output instanceof UnixSocket unix && unix.mode() == Mode.CONNECT)
        || (output instanceof Tcp tcp && tcp.mode() == Mode.CONNECT);
  }

  void add(OutputDefinition output, EgdService service) throws IOException {
    if (output instanceof UnixSocket unix) {
      Path path = Path.of(unix.path());
      if (unix.mode() == Mode.CONNECT) {
        builder.connect(path, service);
      } else {
        UnixSocketAccess access =
            unix.permissions().isPresent()
                ? access(unix.permissions().get())
                : UnixSocketAccess.DEFAULT;
        builder.listen(path, access, service);
      }
    } else if (output instanceof Tcp tcp) {
      InetSocketAddress address = new InetSocketAddress(tcp.host(), ServicePort.of(tcp.service()));
      if (tcp.tls().isPresent()) {
        add(address, tcp.mode(), tcp.tls().get(), service);
      } else if (tcp.mode() == Mode.CONNECT) {
        builder.connect(address, service);
      } else {
        builder.listen(address, service);
      }
    }
  }

  private void add(InetSocketAddress address, Mode mode, Tls tls, EgdService service) {
    TlsPeers peers = TlsPeers.of(tls.allowedSubjects(), tls.allowedHosts());
    boolean listening = mode == Mode.BIND;
    PemCredentials credentials =
        PemCredentials.open(Path.of(tls.directory()), listening, peers, clock, trouble);
    certificates.add(credentials);
    EgdTls encryption = new EgdTls(credentials, tls.verify());
    if (listening) {
      builder.listen(address, encryption, service);
    } else {
      builder.connect(address, encryption, service);
    }
  }

  private static UnixSocketAccess access(Permissions permissions) throws IOException {
    return new UnixSocketAccess(
        UnixSocketAccess.modeOf(permissions.mode()),
        owner(permissions.owner()),
        group(permissions.group()));
  }

  private static Optional<UserPrincipal> owner(OptionalLong id) throws IOException {
    return id.isEmpty()
        ? Optional.empty()
        : Optional.of(PRINCIPALS.lookupPrincipalByName(Long.toString(id.getAsLong())));
  }

  private static Optional<GroupPrincipal> group(OptionalLong id) throws IOException {
    return id.isEmpty()
        ? Optional.empty()
        : Optional.of(PRINCIPALS.lookupPrincipalByGroupName(Long.toString(id.getAsLong())));
  }
}

package io.virtentropy.distribution.serving;

import io.virtentropy.backends.egd.PemContext;
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
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.UserPrincipal;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Optional;
import java.util.OptionalLong;

/** Makes endpoints of what a definition calls outputs. */
final class PoolOutputs {
  /** Takes a number for the name of a user or a group, too. */
  private static final UserPrincipalLookupService PRINCIPALS =
      FileSystems.getDefault().getUserPrincipalLookupService();

  private PoolOutputs() {}

  /** Whether we are the side that connects. */
  static boolean connects(OutputDefinition output) {
    return (output instanceof UnixSocket unix && unix.mode() == Mode.CONNECT)
        || (output instanceof Tcp tcp && tcp.mode() == Mode.CONNECT);
  }

  static void add(OutputDefinition output, EgdService service, EgdServerBuilder builder)
      throws IOException {
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
        add(address, tcp.mode(), tcp.tls().get(), service, builder);
      } else if (tcp.mode() == Mode.CONNECT) {
        builder.connect(address, service);
      } else {
        builder.listen(address, service);
      }
    }
  }

  private static void add(
      InetSocketAddress address, Mode mode, Tls tls, EgdService service, EgdServerBuilder builder) {
    TlsPeers peers = TlsPeers.of(tls.allowedSubjects(), tls.allowedHosts());
    boolean listening = mode == Mode.BIND;
    EgdTls certificates =
        new EgdTls(PemContext.load(Path.of(tls.directory()), listening, peers), tls.verify());
    if (listening) {
      builder.listen(address, certificates, service);
    } else {
      builder.connect(address, certificates, service);
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

package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.tls.TlsEngines;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * How an endpoint is encrypted.
 *
 * @param contexts gives what holds our certificate, and what the other sides' are checked against;
 *     asked for each handshake, on the thread that polls the server
 * @param clientCertificates whether a client that connects and has no certificate that the context
 *     trusts is turned away; whom we connect to always needs one, and of its own host
 */
public record EgdTls(Supplier<SSLContext> contexts, boolean clientCertificates) {
  /**
   * Checks that nothing is missing.
   *
   * @param contexts gives what each handshake is begun with
   * @param clientCertificates whether a client needs a certificate
   */
  public EgdTls {
    Objects.requireNonNull(contexts, "contexts");
  }

  /**
   * With the same certificates for ever.
   *
   * @param context holds our certificate, and what the other sides' are checked against
   * @param clientCertificates whether a client needs a certificate
   */
  public EgdTls(SSLContext context, boolean clientCertificates) {
    this(always(context), clientCertificates);
  }

  private static Supplier<SSLContext> always(SSLContext context) {
    Objects.requireNonNull(context, "context");
    return () -> context;
  }

  SSLEngine forListening() {
    return TlsEngines.server(contexts.get(), clientCertificates);
  }

  SSLEngine forConnecting(InetSocketAddress to) {
    return TlsEngines.client(contexts.get(), to.getHostString(), to.getPort());
  }
}

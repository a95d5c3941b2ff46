package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.tls.TlsEngines;
import java.net.InetSocketAddress;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * How an endpoint is encrypted.
 *
 * @param context holds our certificate, and what the other sides' are checked against
 * @param clientCertificates whether a client that connects and has no certificate that the context
 *     trusts is turned away; whom we connect to always needs one, and of its own host
 */
public record EgdTls(SSLContext context, boolean clientCertificates) {
  /**
   * Checks that nothing is missing.
   *
   * @param context holds our certificate, and what the other sides' are checked against
   * @param clientCertificates whether a client needs a certificate
   */
  public EgdTls {
    Objects.requireNonNull(context, "context");
  }

  SSLEngine forListening() {
    return TlsEngines.server(context, clientCertificates);
  }

  SSLEngine forConnecting(InetSocketAddress to) {
    return TlsEngines.client(context, to.getHostString(), to.getPort());
  }
}

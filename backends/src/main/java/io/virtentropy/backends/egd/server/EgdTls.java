package io.virtentropy.backends.egd.server;

import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * How an endpoint is encrypted.
 *
 * @param context holds the server's certificate, and what the clients' are checked against
 * @param clientCertificates whether a client without a certificate that the context trusts is
 *     turned away
 */
public record EgdTls(SSLContext context, boolean clientCertificates) {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  /**
   * Checks that nothing is missing.
   *
   * @param context holds the server's certificate, and what the clients' are checked against
   * @param clientCertificates whether a client needs a certificate
   */
  public EgdTls {
    Objects.requireNonNull(context, "context");
  }

  SSLEngine engine() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setNeedClientAuth(clientCertificates);
    engine.setSSLParameters(parameters);
    return engine;
  }
}

package io.virtentropy.backends.egd.tls;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** How TLS is spoken: 1.2 or 1.3, with the other side's certificate checked. */
public final class TlsEngines {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private TlsEngines() {}

  /**
   * The engine of who connects. The server's certificate has to be trusted, and to be that of the
   * host.
   *
   * @param context keys and trust
   * @param host as the certificate has it: a name, or an address
   * @param port the port
   * @return an engine that has not begun
   */
  public static SSLEngine client(SSLContext context, String host, int port) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }

  /**
   * The engine of who is connected to.
   *
   * @param context keys and trust
   * @param clientCertificates whether a client without a certificate that is trusted is turned away
   * @return an engine that has not begun
   */
  public static SSLEngine server(SSLContext context, boolean clientCertificates) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setNeedClientAuth(clientCertificates);
    engine.setSSLParameters(parameters);
    return engine;
  }
}

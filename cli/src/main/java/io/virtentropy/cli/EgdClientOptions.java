package io.virtentropy.cli;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.egd.PemContext;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which server is asked. */
final class EgdClientOptions {
  @Option(
      names = "--connect",
      paramLabel = "PLACE",
      description =
          "The server: unix:PATH, tcp:HOST:PORT or tls:HOST:PORT; ${DEFAULT-VALUE} unless given.",
      defaultValue = "unix:/run/egd-pool")
  private String connect;

  @Option(
      names = "--tls",
      paramLabel = "FOLDER",
      description =
          "For a tls: place, the folder with ca-cert.pem, client-cert.pem and client-key.pem.")
  private Path tls;

  @Option(
      names = "--timeout",
      paramLabel = "S",
      description =
          "How many seconds to wait for the whole answer; 0, the default, for as long as it takes.",
      defaultValue = "0")
  private int timeoutSeconds;

  EgdClient open() throws IOException {
    if (timeoutSeconds < 0 || timeoutSeconds > 86_400) {
      throw new UnusableException(
          "--timeout " + timeoutSeconds + "; 0 to 86400 seconds is accepted", null);
    }
    EgdPlace place = EgdPlace.parse("--connect", connect);
    boolean encrypted = place instanceof EgdPlace.Tcp tcp && tcp.tls();
    if (encrypted && tls == null) {
      throw new UnusableException(
          "--connect " + place + " needs --tls: the folder with the certificates", null);
    }
    try {
      return EgdClient.connect(
          place, encrypted ? PemContext.load(tls, false) : null, timeoutSeconds);
    } catch (EntropySourceException e) {
      throw new UnusableException(e.getMessage(), e);
    }
  }
}

package io.virtentropy.backends.egd;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;

/** The keys and certificates that are made for tests, by the script beside them. */
public final class Pki {
  private Pki() {}

  /** A directory of them. */
  public static Path directory(String name) {
    try {
      return Path.of(Pki.class.getResource("/pki/make").toURI()).resolveSibling(name);
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Who connects, with the client's certificate of one directory. */
  public static SSLContext client(String name) {
    return PemContext.load(directory(name), false);
  }

  /** Who is connected to. */
  public static SSLContext server(String name) {
    return PemContext.load(directory(name), true);
  }

  /** Who is connected to, by some only. */
  public static SSLContext server(String name, TlsPeers peers) {
    return PemContext.load(directory(name), true, peers);
  }

  /** One's own certificate from one directory, whom one trusts from another. */
  public static SSLContext mixed(String own, String trusted, boolean server, Path scratch)
      throws IOException {
    Path mixed = Files.createDirectories(scratch.resolve(own + "-and-" + trusted));
    String side = server ? "server" : "client";
    for (String file : List.of(side + "-cert.pem", side + "-key.pem")) {
      Files.copy(directory(own).resolve(file), mixed.resolve(file));
    }
    Files.copy(directory(trusted).resolve("ca-cert.pem"), mixed.resolve("ca-cert.pem"));
    return PemContext.load(mixed, server);
  }
}

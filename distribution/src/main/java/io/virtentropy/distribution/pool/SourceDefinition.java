package io.virtentropy.distribution.pool;

import io.virtentropy.backends.SourceSpec;
import io.virtentropy.backends.egd.EgdAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Where a pool's entropy comes from: {@code <source>}.
 *
 * @param origin what is read
 * @param rate how fast it may be read, if it is limited
 */
public record SourceDefinition(Origin origin, Optional<Bucket> rate) {
  /**
   * Checks that nothing is null.
   *
   * @param origin what is read
   * @param rate how fast it may be read
   */
  public SourceDefinition {
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(rate, "rate");
  }

  /** What is read. */
  public sealed interface Origin {
    /** {@return the string form of the source, as {@code EntropyBackends.open} takes it} */
    String backend();
  }

  /**
   * A character device or another file.
   *
   * @param path its absolute path
   */
  public record Device(String path) implements Origin {
    @Override
    public String backend() {
      return SourceSpec.of("random", path).toString();
    }
  }

  /**
   * An EGD server at a unix socket.
   *
   * @param path its absolute path
   */
  public record EgdSocket(String path) implements Origin {
    @Override
    public String backend() {
      return egd(new EgdAddress.Unix(Path.of(path), false).toString());
    }
  }

  /**
   * An EGD server at a TCP port.
   *
   * @param host its name or address
   * @param service its port
   * @param tlsDirectory where keys and certificates are, laid out as QEMU's {@code tls-creds-x509};
   *     absent means no TLS
   */
  public record EgdHost(String host, String service, Optional<String> tlsDirectory)
      implements Origin {
    @Override
    public String backend() {
      EgdAddress address =
          new EgdAddress.Tcp(host, Integer.parseInt(service), false, tlsDirectory.isPresent());
      return tlsDirectory.isEmpty()
          ? egd(address.toString())
          : egd(address + "?pki=" + EgdAddress.escaped(Path.of(tlsDirectory.get())));
    }
  }

  private static String egd(String address) {
    return SourceSpec.of("egd", address).toString();
  }

  /** The instruction of the host's processor, where a source of that name is installed. */
  public record Rdrand() implements Origin {
    @Override
    public String backend() {
      return "rdrand";
    }
  }

  /**
   * Any source, by its string form.
   *
   * @param backend the string form
   */
  public record Named(String backend) implements Origin {}
}

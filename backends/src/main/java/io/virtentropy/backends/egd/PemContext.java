package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Reads keys and certificates from a directory laid out as QEMU and libvirt lay out theirs: {@code
 * ca-cert.pem}, and of the own side {@code client-cert.pem} and {@code client-key.pem} or {@code
 * server-cert.pem} and {@code server-key.pem}. Keys are PKCS #8, not encrypted.
 */
public final class PemContext {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private PemContext() {}

  /**
   * Reads a directory. Nothing but the authority of that directory is trusted.
   *
   * @param directory the directory
   * @param server whether the own side is the one connected to
   * @return keys and trust
   * @throws EntropySourceException with one clear sentence if something is missing or no good
   */
  public static SSLContext load(Path directory, boolean server) {
    String side = server ? "server" : "client";
    Path certificate = directory.resolve(side + "-cert.pem");
    Path key = directory.resolve(side + "-key.pem");
    Path authority = directory.resolve("ca-cert.pem");
    try {
      KeyStore trusted = empty();
      int number = 0;
      for (Certificate one : certificates(authority)) {
        trusted.setCertificateEntry("ca" + number++, one);
      }
      KeyStore own = empty();
      own.setKeyEntry(
          side, key(key), new char[0], certificates(certificate).toArray(Certificate[]::new));
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(own, new char[0]);
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (NoSuchFileException e) {
      throw new EntropySourceException(
          Reason.NOT_FOUND,
          e.getFile()
              + " does not exist; a directory with ca-cert.pem, "
              + certificate.getFileName()
              + " and "
              + key.getFileName()
              + " is accepted",
          e);
    } catch (IOException | GeneralSecurityException e) {
      throw new EntropySourceException(
          Reason.UNSUITABLE, "the certificates in " + directory + " are no good: " + e, e);
    }
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    Collection<? extends Certificate> all =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
    if (all.isEmpty()) {
      throw new InvalidKeySpecException(file + " holds no certificate");
    }
    return all;
  }

  private static PrivateKey key(Path file) throws IOException, GeneralSecurityException {
    Matcher matcher = KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
    if (!matcher.find()) {
      throw new InvalidKeySpecException(
          file + " holds no PRIVATE KEY of PKCS #8 (openssl pkcs8 -topk8 -nocrypt makes one)");
    }
    byte[] encoded = Base64.getMimeDecoder().decode(matcher.group(1));
    try {
      for (String algorithm : ALGORITHMS) {
        try {
          return KeyFactory.getInstance(algorithm)
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (InvalidKeySpecException e) {
          System.getLogger(PemContext.class.getName())
              .log(System.Logger.Level.TRACE, "{0} is no {1} key", file, algorithm);
        }
      }
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
    throw new InvalidKeySpecException(
        file + " holds a key of another kind; accepted are " + String.join(", ", ALGORITHMS));
  }
}

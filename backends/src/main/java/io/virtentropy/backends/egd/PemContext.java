package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CRL;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Reads keys and certificates from a directory laid out as QEMU and libvirt lay out theirs: {@code
 * ca-cert.pem}, and of the own side {@code client-cert.pem} and {@code client-key.pem} or {@code
 * server-cert.pem} and {@code server-key.pem}. Where there is a {@code ca-crl.pem}, what it revokes
 * is trusted no longer.
 *
 * <p>Keys are RSA, EC, Ed25519 or Ed448, in PKCS #8, PKCS #1 or SEC 1, not encrypted. A certificate
 * may be followed by those of the authorities between it and the one in {@code ca-cert.pem}.
 */
public final class PemContext {
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
    return load(directory, server, TlsPeers.ALL);
  }

  /**
   * Reads a directory. Nothing but the authority of that directory is trusted, and of those it
   * vouches for only some.
   *
   * @param directory the directory
   * @param server whether the own side is the one connected to
   * @param peers who may be at the other side
   * @return keys and trust
   * @throws EntropySourceException with one clear sentence if something is missing or no good
   */
  public static SSLContext load(Path directory, boolean server, TlsPeers peers) {
    Objects.requireNonNull(peers, "peers");
    Path certificate = ownCertificate(directory, server);
    Path key = ownKey(directory, server);
    try {
      X509ExtendedTrustManager trust = new ListedPeersTrust(trust(directory), peers);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(certificate, key).getKeyManagers(), new TrustManager[] {trust}, null);
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
          Reason.UNSUITABLE,
          "the certificates in " + directory + " are no good: " + e.getMessage(),
          e);
    }
  }

  private static Path ownCertificate(Path directory, boolean server) {
    return directory.resolve((server ? "server" : "client") + "-cert.pem");
  }

  private static Path ownKey(Path directory, boolean server) {
    return directory.resolve((server ? "server" : "client") + "-key.pem");
  }

  private static Path authority(Path directory) {
    return directory.resolve("ca-cert.pem");
  }

  private static Path revocations(Path directory) {
    return directory.resolve("ca-crl.pem");
  }

  /** The files that are read, those that need not be there among them. */
  static List<Path> files(Path directory, boolean server) {
    return List.of(
        authority(directory),
        revocations(directory),
        ownCertificate(directory, server),
        ownKey(directory, server));
  }

  private static KeyManagerFactory keys(Path certificate, Path key)
      throws IOException, GeneralSecurityException {
    Certificate[] chain = certificates(certificate).toArray(Certificate[]::new);
    try {
      ((X509Certificate) chain[0]).checkValidity();
    } catch (CertificateException e) {
      throw new CertificateException(certificate + " is not valid today: " + e.getMessage(), e);
    }
    PrivateKey own = PrivateKeys.read(key);
    if (!areOne(own, chain[0].getPublicKey())) {
      throw new InvalidKeySpecException(key + " is not the key of " + certificate);
    }
    KeyStore store = empty();
    store.setKeyEntry("own", own, new char[0], chain);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, new char[0]);
    return keys;
  }

  /** Has the one sign, and the other check. */
  private static boolean areOne(PrivateKey own, PublicKey inCertificate)
      throws GeneralSecurityException {
    String algorithm = own.getAlgorithm();
    if (!algorithm.equals(inCertificate.getAlgorithm())) {
      return false;
    }
    Signature signature =
        Signature.getInstance(
            switch (algorithm) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> algorithm;
            });
    signature.initSign(own);
    byte[] signed = signature.sign();
    signature.initVerify(inCertificate);
    return signature.verify(signed);
  }

  private static X509ExtendedTrustManager trust(Path directory)
      throws IOException, GeneralSecurityException {
    KeyStore trusted = empty();
    int number = 0;
    for (Certificate one : certificates(authority(directory))) {
      trusted.setCertificateEntry("ca" + number++, one);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    Path revoked = revocations(directory);
    if (Files.exists(revoked)) {
      factory.init(new CertPathTrustManagerParameters(revoking(trusted, revoked)));
    } else {
      factory.init(trusted);
    }
    return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
  }

  /** From that file alone: nobody is asked for a newer list, or for the state of a certificate. */
  private static PKIXBuilderParameters revoking(KeyStore trusted, Path file)
      throws IOException, GeneralSecurityException {
    Collection<? extends CRL> lists =
        CertificateFactory.getInstance("X.509")
            .generateCRLs(new ByteArrayInputStream(Files.readAllBytes(file)));
    PKIXRevocationChecker checker =
        (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
    checker.setOptions(
        EnumSet.of(
            PKIXRevocationChecker.Option.PREFER_CRLS, PKIXRevocationChecker.Option.NO_FALLBACK));
    PKIXBuilderParameters parameters = new PKIXBuilderParameters(trusted, new X509CertSelector());
    parameters.addCertStore(
        CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists)));
    parameters.addCertPathChecker(checker);
    return parameters;
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    Collection<? extends Certificate> all;
    try {
      all =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
    } catch (CertificateException e) {
      throw new CertificateException(file + " can't be read: " + e.getMessage(), e);
    }
    if (all.isEmpty()) {
      throw new CertificateException(file + " holds no certificate");
    }
    return all;
  }
}

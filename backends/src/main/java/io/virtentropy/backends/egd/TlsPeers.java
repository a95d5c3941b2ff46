package io.virtentropy.backends.egd;

import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/**
 * Who may be at the other side of TLS, among those whose certificate is trusted.
 *
 * @param subjects their names; with {@code hosts} empty too, everybody may
 * @param hosts what their certificates have as subject alternative names: names of hosts, in lower
 *     case, and IP addresses
 */
public record TlsPeers(Set<X500Principal> subjects, Set<String> hosts) {
  /** Everybody whose certificate is trusted. */
  public static final TlsPeers ALL = new TlsPeers(Set.of(), Set.of());

  /** GnuTLS's word, and so QEMU's, for what the JDK calls EMAILADDRESS. */
  private static final Map<String, String> KEYWORDS = Map.of("EMAIL", "1.2.840.113549.1.9.1");

  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  /**
   * Copies the sets.
   *
   * @param subjects their names
   * @param hosts their hosts
   */
  public TlsPeers {
    subjects = Set.copyOf(subjects);
    hosts = Set.copyOf(hosts);
  }

  /**
   * Makes a list of who may.
   *
   * @param subjects distinguished names as QEMU and RFC 4514 write them, such as {@code
   *     CN=host1.example.org,O=Example}; case and spaces around commas make no difference
   * @param hosts names of hosts, and IP addresses
   * @return the list; {@link #ALL} if both are empty
   * @throws IllegalArgumentException with one clear sentence if one is no distinguished name
   */
  public static TlsPeers of(Collection<String> subjects, Collection<String> hosts) {
    Set<X500Principal> principals = new HashSet<>();
    subjects.forEach(name -> principals.add(subject(name)));
    Set<String> names = new HashSet<>();
    hosts.forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    return new TlsPeers(principals, names);
  }

  private static X500Principal subject(String name) {
    Objects.requireNonNull(name, "name");
    try {
      X500Principal principal = new X500Principal(name, KEYWORDS);
      if (!principal.getName().isEmpty()) {
        return principal;
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(refusal(name), e);
    }
    throw new IllegalArgumentException(refusal(name));
  }

  private static String refusal(String name) {
    return "'" + name + "' is no distinguished name; one like CN=host1.example.org,O=Example is";
  }

  /** Checks the certificate of who is there. */
  void check(X509Certificate certificate) throws CertificateException {
    if (subjects.isEmpty() && hosts.isEmpty()) {
      return;
    }
    if (subjects.contains(certificate.getSubjectX500Principal()) || hasHost(certificate)) {
      return;
    }
    throw new CertificateException(
        "'"
            + certificate.getSubjectX500Principal().getName()
            + "' is not among those allowed here");
  }

  private boolean hasHost(X509Certificate certificate) throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    if (names == null) {
      return false;
    }
    for (List<?> name : names) {
      int kind = (Integer) name.get(0);
      if ((kind == DNS_NAME || kind == IP_ADDRESS)
          && hosts.contains(((String) name.get(1)).toLowerCase(Locale.ROOT))) {
        return true;
      }
    }
    return false;
  }
}

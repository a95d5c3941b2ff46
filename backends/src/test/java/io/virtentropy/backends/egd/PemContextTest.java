package io.virtentropy.backends.egd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A directory of keys and certificates")
class PemContextTest {
  @TempDir Path folder;

  private static Path form(String name) {
    return Pki.directory("forms").resolve(name + ".pem");
  }

  @ParameterizedTest
  @CsvSource({"rsa-pkcs1, rsa", "ec-sec1, ec"})
  @DisplayName("should take a key in its older form for the same as in PKCS #8:")
  void forms(String older, String pkcs8) throws IOException, GeneralSecurityException {
    assertEquals(numbers(form(pkcs8)), numbers(form(older)));
  }

  /** An EC key may or may not have its public half with it. */
  private static Object numbers(Path file) throws IOException, GeneralSecurityException {
    PrivateKey key = PrivateKeys.read(file);
    return key instanceof ECPrivateKey ec ? List.of(ec.getS(), ec.getParams()) : key;
  }

  @Test
  @DisplayName("should take a key of EdDSA, and what stands before a key")
  void others() throws IOException, GeneralSecurityException {
    assertEquals("EdDSA", PrivateKeys.read(form("ed25519")).getAlgorithm());
    Path wordy = folder.resolve("wordy");
    Files.writeString(wordy, "Public Key Info:\n\tRSA\n" + Files.readString(form("rsa-pkcs1")));
    assertEquals("RSA", PrivateKeys.read(wordy).getAlgorithm());
  }

  @ParameterizedTest
  @CsvSource({
    "encrypted, is encrypted",
    "encrypted-pkcs1, is encrypted",
    "x25519, of another kind; accepted are RSA",
  })
  @DisplayName("should refuse a key that it can't use, and say why:")
  void refusesKeys(String name, String words) {
    InvalidKeySpecException refusal =
        assertThrows(InvalidKeySpecException.class, () -> PrivateKeys.read(form(name)));
    assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "MAA=",
        "MIIB",
        "MAMCAQE=",
        "oAA=",
        "MIb//////////w==",
        "MAWg/////w==",
        "MASgAgYH",
        "%%%",
      })
  @DisplayName("should refuse an EC key that is damaged:")
  void refusesDamaged(String base64) throws IOException {
    Path file = folder.resolve("key");
    Files.writeString(
        file, "-----BEGIN EC PRIVATE KEY-----\n" + base64 + "\n-----END EC PRIVATE KEY-----\n");
    assertThrows(InvalidKeySpecException.class, () -> PrivateKeys.read(file));
  }

  private Path copy(String name) throws IOException {
    Path to = Files.createDirectories(folder.resolve(name));
    try (var files = Files.list(Pki.directory(name))) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }

  private static String refusal(Path directory, boolean server, Reason reason) {
    EntropySourceException refusal =
        assertThrows(EntropySourceException.class, () -> PemContext.load(directory, server));
    assertEquals(reason, refusal.reason());
    return refusal.getMessage();
  }

  @Test
  @DisplayName("should be refused if its own certificate is over, or not that of its key")
  void refusesOwn() throws IOException {
    String over = refusal(Pki.directory("expired"), false, Reason.UNSUITABLE);
    assertTrue(over.contains("client-cert.pem is not valid today: "), over);
    Path mixed = copy("second");
    Files.copy(
        Pki.directory("revoked").resolve("client-key.pem"),
        mixed.resolve("client-key.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    String other = refusal(mixed, false, Reason.UNSUITABLE);
    assertTrue(other.contains("client-key.pem is not the key of "), other);
  }

  @Test
  @DisplayName("should be refused if a file is missing, or is no certificate")
  void refusesFiles() throws IOException {
    for (String name : List.of("ca-cert.pem", "client-cert.pem", "client-key.pem")) {
      Path without = copy("second");
      Files.delete(without.resolve(name));
      String missing = refusal(without, false, Reason.NOT_FOUND);
      assertTrue(missing.startsWith(without.resolve(name) + " does not exist; "), missing);
      Files.writeString(without.resolve(name), "nothing of the kind");
      String bad = refusal(without, false, Reason.UNSUITABLE);
      assertTrue(bad.contains(name), bad);
      Files.delete(without.resolve(name));
      try (var left = Files.list(without)) {
        for (Path file : left.toList()) {
          Files.delete(file);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nobody", "CN=a,,O=b", "X=1"})
  @DisplayName("should let nobody in by a name that is none:")
  void refusesNames(String name) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> TlsPeers.of(List.of(name), List.of()));
    assertTrue(
        refusal.getMessage().startsWith("'" + name + "' is no distinguished name; "),
        refusal.getMessage());
  }

  @Test
  @DisplayName("should know names as QEMU writes them")
  void names() {
    assertEquals(
        TlsPeers.of(List.of("EMAILADDRESS=a@b.example, cn=Host , O=E"), List.of()),
        TlsPeers.of(List.of("EMAIL=a@b.example,CN=host,O=e"), List.of()));
  }
}

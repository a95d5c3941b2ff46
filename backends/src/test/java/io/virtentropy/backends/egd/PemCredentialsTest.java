package io.virtentropy.backends.egd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A directory of certificates that are renewed")
final class PemCredentialsTest {
  @TempDir Path folder;

  private final ManualClock clock = new ManualClock();
  private final List<String> troubles = new ArrayList<>();
  private PemCredentials credentials;

  @BeforeEach
  void begin() throws IOException {
    for (String file : List.of("ca-cert.pem", "server-cert.pem", "server-key.pem")) {
      put("trusted", file);
    }
    credentials = PemCredentials.open(folder, true, TlsPeers.ALL, clock, troubles::add);
  }

  private void put(String from, String file) throws IOException {
    Files.copy(
        Pki.directory(from).resolve(file),
        folder.resolve(file),
        StandardCopyOption.REPLACE_EXISTING);
  }

  private SSLContext nextLook() {
    clock.advance(PemCredentials.LOOK_NANOS);
    return credentials.get();
  }

  /** What has been the same at two looks is not read again. */
  private SSLContext settled() {
    SSLContext unused = nextLook();
    SSLContext settled = nextLook();
    assertSame(settled, nextLook());
    return settled;
  }

  @Test
  @DisplayName("should be read again when they have changed, a second later at the latest")
  void renewed() throws IOException {
    SSLContext before = settled();
    put("elsewhere", "server-key.pem");
    put("elsewhere", "server-cert.pem");
    clock.advance(PemCredentials.LOOK_NANOS - 1);
    assertSame(before, credentials.get());
    clock.advance(1);
    assertNotSame(before, credentials.get());
    assertNotSame(before, settled());
    assertEquals(List.of(), troubles);
  }

  @Test
  @DisplayName("should be read again when a list of those revoked comes, and when it goes")
  void revoking() throws IOException {
    SSLContext before = settled();
    put("revoked", "ca-crl.pem");
    SSLContext with = settled();
    assertNotSame(before, with);
    Files.delete(folder.resolve("ca-crl.pem"));
    assertNotSame(with, settled());
    assertEquals(List.of(), troubles);
  }

  @Test
  @DisplayName("should be used as they were while they are no good, which is told once")
  void broken() throws IOException {
    SSLContext before = settled();
    Files.writeString(folder.resolve("server-cert.pem"), "nothing of the kind");
    assertSame(before, settled());
    assertEquals(1, troubles.size(), troubles::toString);
    String told = troubles.get(0);
    Path bad = folder.resolve("server-cert.pem");
    assertTrue(
        told.startsWith("the certificates in " + folder + " are no good: " + bad + " "), told);
    assertTrue(told.endsWith("; what was read before is used until that is mended"), told);
    Files.delete(bad);
    assertSame(before, settled());
    assertEquals(2, troubles.size(), troubles::toString);
    put("elsewhere", "server-cert.pem");
    put("elsewhere", "server-key.pem");
    assertNotSame(before, settled());
    assertEquals(2, troubles.size(), troubles::toString);
  }

  @Test
  @DisplayName("should be used as they were until all of them are there, without a word")
  void halfway() throws IOException {
    SSLContext before = settled();
    put("elsewhere", "server-cert.pem");
    assertSame(before, nextLook());
    put("elsewhere", "server-key.pem");
    assertNotSame(before, nextLook());
    assertEquals(List.of(), troubles);
  }

  @Test
  @DisplayName("should be told as no good at once if they never were any")
  void neverGood() throws IOException {
    put("elsewhere", "server-cert.pem");
    assertThrows(
        EntropySourceException.class,
        () -> PemCredentials.open(folder, true, TlsPeers.ALL, clock, troubles::add));
    assertEquals(List.of(), troubles);
  }
}

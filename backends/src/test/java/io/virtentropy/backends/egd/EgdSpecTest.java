package io.virtentropy.backends.egd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.EntropySourceException;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class EgdSpecTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "unix:/run/egd.sock",
        "unix:/run/egd.sock?listen",
        "tcp:localhost:8888",
        "tcp:[::1]:8888",
        "tcp::8888?listen",
        "tls:host.example:8888",
        "udp:10.0.0.1:1",
        "pipe:/run/egd",
        "dev:/dev/ttyUSB0",
        "file:/run/out?input=/run/in",
        "unix:/odd%3F%25%26+path"
      })
  void should_write_an_address_as_it_is_read(String text) {
    assertEquals(text, EgdAddress.parse(text).toString());
  }

  @Test
  void should_read_escapes_in_paths() {
    assertEquals(
        new EgdAddress.Unix(Path.of("/a?b%c+d"), false), EgdAddress.parse("unix:/a%3fb%25c+d"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "nothing | has no kind of connection before a colon; accepted are egd:unix:PATH, egd:tcp",
        "sctp:h:1 | has a kind of connection 'sctp'; accepted are egd:unix:PATH, egd:tcp:HOST:PORT",
        "unix: | has an empty path",
        "tcp:host | has no port; tcp:HOST:PORT is accepted",
        "tcp:host:x | has 'x'; a number up to 65535 is accepted",
        "tcp:host:65536 | has '65536'; a number up to 65535 is accepted",
        "tcp:host:0 | a port of 0; 1 to 65535 is accepted",
        "tcp::1 | no host before the port 1; a name or address is accepted",
        "tcp:::1:1 | has an address of IPv6 without brackets; [ADDRESS]:PORT is accepted",
        "udp:h:1?listen | can't listen; unix, tcp and tls can",
        "file:/out | does not say where replies come from; egd:file:FILE?input=FILE is accepted",
        "unix:/a?speed=1 | has an option 'speed'; accepted are connect-timeout, give-up, input, listen",
        "unix:/a?listen=1 | has 'listen=1'; listen takes no value",
        "unix:/a?listen&listen | has the option 'listen' twice",
        "unix:/%zz | has a path '/%zz'; a % is written %25 there",
        "unix:/a?timeout=5 | has 'timeout=5'; a time such as 500ms, 10s or 2m is accepted",
        "unix:/a?connect-timeout=0s | has 'connect-timeout=0s'; a time such as 500ms, 10s or 2m is"
            + " accepted, not none",
        "unix:/a?retry=2s..1s | has 'retry=2s..1s'; a range such as 100ms..30s is accepted",
        "unix:/a?window=5000 | has '5000'; a number up to 4096 is accepted",
        "tls:h:1?pki=/nowhere | /nowhere/ca-cert.pem does not exist; a directory with ca-cert.pem,"
            + " client-cert.pem and client-key.pem is accepted"
      })
  void should_say_what_is_wrong_and_what_is_accepted(String text, String words) {
    EntropySourceException wrong =
        assertThrows(
            EntropySourceException.class, () -> EntropyBackends.open("egd:" + text).close());
    assertEquals(EntropySourceException.Reason.class, wrong.reason().getDeclaringClass());
    assertTrue(wrong.getMessage().contains(words), wrong.getMessage());
  }

  @Test
  void should_refuse_a_path_that_no_socket_can_have() {
    EntropySourceException wrong =
        assertThrows(
            EntropySourceException.class, () -> EgdAddress.parse("unix:/" + "a".repeat(107)));
    assertTrue(
        wrong.getMessage().startsWith("a socket's path of 108 bytes, '/aaa"), wrong::getMessage);
  }

  @Test
  void should_open_what_is_named_with_all_its_options() {
    try (EntropyBackend source =
        EntropyBackends.open(
            "egd:unix:/nowhere/egd?window=1&connect-timeout=1s&timeout=2m&give-up=500ms"
                + "&retry=1s..10s&qemu")) {
      assertEquals("egd:unix:/nowhere/egd", source.toString());
    }
  }
}

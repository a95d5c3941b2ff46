package io.virtentropy.distribution.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A libvirt's URI")
final class LibvirtUriTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "qemu:///system",
        "qemu:///session",
        "qemu:///system?socket=/run/other/libvirt-sock",
        "qemu+unix:///system",
        "qemu+tcp://localhost:16509/system",
        "qemu+tcp://[::1]/system",
        "test:///default",
      })
  @DisplayName("should be accepted on this machine")
  void accepted(String uri) {
    assertEquals(uri, new LibvirtUri(uri).toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                       | names no driver",
        "system                   | names no driver",
        "/run/libvirt             | names no driver",
        "qemu:system              | names no driver",
        "qemu:// /system          | is not a URI",
        "qemu+ssh://host/system   | is on another machine",
        "qemu+tcp://10.0.0.1/x    | is on another machine",
        "qemu+tcp://a_b/system    | is on another machine",
      })
  @DisplayName("should be refused in one sentence that says what is accepted")
  void refused(String uri, String why) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> new LibvirtUri(uri)).getMessage();
    assertTrue(message.contains(why) && message.endsWith("is accepted"), message);
  }
}

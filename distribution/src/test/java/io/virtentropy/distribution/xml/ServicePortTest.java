package io.virtentropy.distribution.xml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A service that has to be a port")
class ServicePortTest {
  @ParameterizedTest
  @CsvSource({"0,0", "8888,8888", "00080,80", "65535,65535"})
  @DisplayName("should be what its digits say")
  void readsDigits(String service, int port) {
    assertEquals(port, ServicePort.of(service));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "65536", "99999", "000080", "-1", "+80", "8o", "http", "٨٠"})
  @DisplayName("should be refused with what is accepted when it is none")
  void refusesOthers(String service) {
    var e = assertThrows(IllegalArgumentException.class, () -> ServicePort.of(service));
    assertEquals(
        "the service '" + service + "'; a port from 0 to 65535 is accepted", e.getMessage());
  }
}

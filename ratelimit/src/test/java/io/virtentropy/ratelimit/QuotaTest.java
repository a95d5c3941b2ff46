package io.virtentropy.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A quota")
final class QuotaTest {
  @Test
  @DisplayName("should default to what QEMU defaults to")
  void defaults() {
    assertEquals(new Quota(Long.MAX_VALUE, 65_536), Quota.DEFAULT);
    assertEquals(Quota.DEFAULT, Quota.parse(null, null));
  }

  @ParameterizedTest
  @DisplayName("should be read as QEMU reads it")
  @CsvSource({
    "1, 1, 1, 1",
    "9223372036854775807, 4294967295, 9223372036854775807, 4294967295",
    "0x400, 0x3E8, 1024, 1000",
    "0X7fffffffffffffff, 0XFFFFFFFF, 9223372036854775807, 4294967295",
    "007, 010, 7, 10",
  })
  void parses(String maxBytes, String period, long bytes, long millis) {
    assertEquals(new Quota(bytes, millis), Quota.parse(maxBytes, period));
  }

  @ParameterizedTest
  @DisplayName("should say which max-bytes it was given and which it accepts")
  @ValueSource(strings = {"0", "-1", "9223372036854775808", "0xffffffffffffffff"})
  void refusesMaxBytes(String given) {
    assertEquals(
        "'max-bytes' parameter must be positive, and less than 2^63; " + given + " was given",
        assertThrows(IllegalArgumentException.class, () -> Quota.parse(given, null)).getMessage());
  }

  @ParameterizedTest
  @DisplayName("should say which period it was given and which it accepts")
  @ValueSource(strings = {"0", "-1", "4294967296", "0x100000000"})
  void refusesPeriod(String given) {
    assertEquals(
        (given.equals("0")
                ? "'period' parameter expects a positive integer; "
                : "Parameter 'period' expects uint32_t; ")
            + given
            + " was given, 1 to 4294967295 ms is accepted",
        assertThrows(IllegalArgumentException.class, () -> Quota.parse("1", given)).getMessage());
  }

  @ParameterizedTest
  @DisplayName("should refuse what is no plain number")
  @ValueSource(
      strings = {
        "",
        "1k",
        "abc",
        "0x",
        "0x-1",
        "+1",
        " 1",
        "1.0",
        "\u0663",
        "--1",
        "99999999999999999999"
      })
  void refusesText(String given) {
    assertEquals(
        "Parameter 'max-bytes' expects integer; '"
            + given
            + "' was given, decimal or 0x… without a suffix is accepted",
        assertThrows(IllegalArgumentException.class, () -> Quota.parse(given, null)).getMessage());
    assertEquals(
        "Parameter 'period' expects integer; '"
            + given
            + "' was given, decimal or 0x… without a suffix is accepted",
        assertThrows(IllegalArgumentException.class, () -> Quota.parse(null, given)).getMessage());
  }

  @Test
  @DisplayName("should refuse numbers out of range with the same sentences")
  void refusesNumbers() {
    assertEquals(
        "'max-bytes' parameter must be positive, and less than 2^63; 0 was given",
        assertThrows(IllegalArgumentException.class, () -> new Quota(0, 1)).getMessage());
    assertEquals(
        "Parameter 'period' expects uint32_t; 4294967296 was given, 1 to 4294967295 ms is accepted",
        assertThrows(IllegalArgumentException.class, () -> new Quota(1, 1L << 32)).getMessage());
  }
}

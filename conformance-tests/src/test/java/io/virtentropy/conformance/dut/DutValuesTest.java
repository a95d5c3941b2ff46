package io.virtentropy.conformance.dut;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The values of the suites' interface")
final class DutValuesTest {
  @Test
  @DisplayName("should split requests as QEMU does")
  void units() {
    assertEquals(List.of(), EgdUnits.of(0));
    assertEquals(List.of(255), EgdUnits.of(255));
    assertEquals(List.of(255, 1), EgdUnits.of(256));
    assertEquals(List.of(255, 255, 255, 235), EgdUnits.of(1000));
    assertThrows(IllegalArgumentException.class, () -> EgdUnits.of(-1));
  }

  @Test
  @DisplayName("should know what lies inside a range, sums that wrap included")
  void ranges() {
    MemoryRange range = new MemoryRange(0x1000, 0x100);
    assertTrue(range.contains(0x1000, 0x100));
    assertTrue(range.contains(0x1100, 0));
    assertFalse(range.contains(0x1001, 0x100));
    assertFalse(range.contains(0xfff, 1));
    assertFalse(range.contains(0x10ff, Long.MAX_VALUE));
    assertFalse(range.contains(Long.MAX_VALUE, 1));
    assertFalse(range.contains(0x1000, -1));
    assertThrows(IllegalArgumentException.class, () -> range.check(0x10ff, 2));
    assertThrows(IllegalArgumentException.class, () -> new MemoryRange(0, 0));
    assertThrows(IllegalArgumentException.class, () -> new MemoryRange(Long.MAX_VALUE, 1));
  }
}

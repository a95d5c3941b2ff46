package io.virtentropy.virtio.state;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

@DisplayName("A saved form")
class SavedFormTest {
  private static final long MAGIC = 0x0154_5345_5452_4556L;

  private static byte[] form(long magic, int length, int... bytes) {
    ByteBuffer out = ByteBuffer.allocate(12 + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(magic).putInt(length);
    for (int b : bytes) {
      out.put((byte) b);
    }
    return out.array();
  }

  private static byte[] read(byte[] saved, String needed) {
    return SavedForm.read(saved, "thing", MAGIC, needed, in -> SavedForm.last(in, "rest"));
  }

  private static void assertRefused(String message, Executable reading) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, reading).getMessage());
  }

  @Test
  @DisplayName("should give what its reader makes of what follows the magic number")
  void reads() {
    assertArrayEquals(new byte[] {1, 2, 3}, read(form(MAGIC, 3, 1, 2, 3), ""));
    assertArrayEquals(new byte[0], read(form(MAGIC, 0), ""));
  }

  @Test
  @DisplayName("should be refused with both numbers if it begins with another")
  void anotherMagic() {
    assertRefused(
        "a saved thing begins with 0x154534554524556, not with 0xff",
        () -> read(form(0xff, 0), ""));
  }

  @Test
  @DisplayName("should be refused if it ends too early, with what is needed if that is known")
  void tooShort() {
    assertRefused("the saved thing ends after 7 bytes", () -> read(new byte[7], ""));
    byte[] cut = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(MAGIC).array();
    assertRefused("the saved thing ends after 8 bytes; 12 are needed", () -> read(cut, "12"));
  }

  @Test
  @DisplayName("should be refused unless exactly as many bytes follow as it says")
  void wrongLength() {
    for (int length : new int[] {2, 4, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertRefused(
          "the saved rest is said to take " + length + " bytes, but 3 follow",
          () -> read(form(MAGIC, length, 1, 2, 3), ""));
    }
  }

  @Test
  @DisplayName("should be refused with the range of a value that is outside of it")
  void outOfRange() {
    assertEquals(3, SavedForm.range("size", 3, 3, 5));
    assertEquals(5, SavedForm.range("size", 5, 3, 5));
    assertRefused("saved size 2; 3 to 5 is accepted", () -> SavedForm.range("size", 2, 3, 5));
    assertRefused("saved size 6; 3 to 5 is accepted", () -> SavedForm.range("size", 6, 3, 5));
  }
}

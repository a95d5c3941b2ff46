package io.virtentropy.conformance.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The check of the real guest's bytes must be able to fail. */
@DisplayName("The check of a counter stream")
class CounterStreamTest {

  @Test
  @DisplayName("should accept rising words and count the gaps between them")
  void acceptsRisingWords() {
    CounterStream stream = new CounterStream();
    stream.accept(words(1, 2, 3, 10, 11));
    stream.accept(words(12, 20));
    assertEquals(20, stream.last());
    assertEquals(7, stream.words());
    assertEquals(2, stream.gaps());
  }

  @Test
  @DisplayName("should refuse a word that comes twice")
  void refusesRepetition() {
    CounterStream stream = new CounterStream();
    stream.accept(words(1, 2));
    assertThrows(AssertionError.class, () -> stream.accept(words(2, 3)));
  }

  @Test
  @DisplayName("should refuse words that change places")
  void refusesDisorder() {
    CounterStream stream = new CounterStream();
    assertThrows(AssertionError.class, () -> stream.accept(words(1, 3, 2)));
  }

  @Test
  @DisplayName("should refuse bytes that are no whole words")
  void refusesPieces() {
    CounterStream stream = new CounterStream();
    assertThrows(AssertionError.class, () -> stream.accept(new byte[7]));
  }

  private static byte[] words(long... words) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * words.length).order(ByteOrder.LITTLE_ENDIAN);
    for (long word : words) {
      bytes.putLong(word);
    }
    return bytes.array();
  }
}

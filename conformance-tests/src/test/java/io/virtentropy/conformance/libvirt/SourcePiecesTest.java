package io.virtentropy.conformance.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The pieces of a source in streams")
class SourcePiecesTest {
  private static final int DEALT = 100_000;

  private final SplittableRandom random = new SplittableRandom(7);
  private final byte[] source = bytes(2 * DEALT);
  private final SourcePieces pieces = new SourcePieces(source);

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[] part(int from, int to) {
    return Arrays.copyOfRange(source, from, to);
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  /** Six streams that are dealt the source in requests of 64 bytes, of which some come in two. */
  private List<ByteArrayOutputStream> dealt() {
    List<ByteArrayOutputStream> streams = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      streams.add(new ByteArrayOutputStream());
    }
    int[] owed = new int[6];
    for (int at = 0; at < DEALT; ) {
      int who = random.nextInt(6);
      int wanted = owed[who] > 0 ? owed[who] : 64;
      int got = random.nextInt(4) == 0 ? random.nextInt(1, wanted + 1) : wanted;
      owed[who] = wanted - got;
      got = Math.min(got, DEALT - at);
      streams.get(who).write(source, at, got);
      at += got;
    }
    return streams;
  }

  @Test
  @DisplayName("should be found, however it was dealt out")
  void found() {
    int unfound = 0;
    List<ByteArrayOutputStream> streams = dealt();
    for (int i = 0; i < streams.size(); i++) {
      unfound += pieces.accept("stream " + i, streams.get(i).toByteArray());
    }
    assertEquals(DEALT - unfound, pieces.requireOnce());
    pieces.requireAll(0, DEALT - 2000);
    assertTrue(pieces.count() > DEALT / 70, pieces.count() + " pieces");
  }

  @Test
  @DisplayName("should be found when a second device had held an earlier one")
  void earlier() {
    for (int at = 0; at < DEALT; at += 64) {
      SourcePieces found = new SourcePieces(part(at, at + 1024));
      byte[] stream = joined(part(at + 64, at + 256), part(at, at + 64), part(at + 300, at + 364));
      found.accept("one", stream);
      found.accept("other", part(at + 256, at + 300));
      assertEquals(364, found.requireOnce());
      found.requireAll(0, 364);
    }
  }

  @Test
  @DisplayName("should tell of a byte that two streams have")
  void twice() {
    pieces.accept("one", joined(part(0, 65), part(128, 192)));
    pieces.accept("other", joined(part(64, 128), part(192, 256)));
    String message = assertThrows(AssertionError.class, pieces::requireOnce).getMessage();
    assertTrue(message.contains("1 bytes of "), message);
    assertTrue(message.contains("delivered twice"), message);
  }

  /** One in 256 is. */
  @Test
  @DisplayName("should be found when a byte came alone that is the same as the source's next")
  void aloneBehind() {
    int alone = samePlace(63);
    pieces.accept(
        "one", joined(part(0, 63), part(alone, alone + 1), part(alone + 65, alone + 129)));
    pieces.accept("other", joined(part(63, alone), part(alone + 1, alone + 65)));
    assertEquals(alone + 129, pieces.requireOnce());
    pieces.requireAll(0, alone + 129);
  }

  @Test
  @DisplayName("should be found when a byte came alone that is the same as the source's last")
  void aloneBefore() {
    int alone = samePlace(63);
    pieces.accept(
        "one", joined(part(alone, alone + 1), part(64, alone), part(alone + 65, alone + 129)));
    pieces.accept("other", joined(part(0, 64), part(alone + 129, alone + 193)));
    pieces.accept("third", part(alone + 1, alone + 65));
    assertEquals(alone + 193, pieces.requireOnce());
    pieces.requireAll(0, alone + 193);
  }

  /** A place further on that holds the same byte. */
  private int samePlace(int place) {
    int found = place + 64;
    while (source[found] != source[place]) {
      found++;
    }
    return found;
  }

  @Test
  @DisplayName("should tell of a short piece that two streams have")
  void shortPieceTwice() {
    pieces.accept("one", joined(part(0, 64), part(100, 104), part(128, 192)));
    pieces.accept("other", joined(part(64, 100), part(101, 103), part(200, 264)));
    assertThrows(AssertionError.class, pieces::requireOnce);
  }

  @Test
  @DisplayName("should tell of a request that two streams have")
  void requestTwice() {
    pieces.accept("one", part(0, 256));
    String message =
        assertThrows(AssertionError.class, () -> pieces.accept("other", part(64, 128)))
            .getMessage();
    assertTrue(message.startsWith("byte 64 of the source was delivered twice, to other"), message);
  }

  @Test
  @DisplayName("should tell of a byte that a stream has twice")
  void again() {
    byte[] stream = joined(part(0, 64), part(56, 120));
    assertThrows(
        AssertionError.class,
        () -> {
          pieces.accept("one", stream);
          pieces.requireOnce();
        });
  }

  @Test
  @DisplayName("should tell of bytes that nobody has")
  void missing() {
    pieces.accept("one", joined(part(0, 64), part(128, 192)));
    pieces.accept("other", part(65, 128));
    assertEquals(191, pieces.requireOnce());
    pieces.requireAll(65, 192);
    pieces.requireAll(0, 64);
    assertEquals(List.of("64 to 65", "192 to 200"), pieces.missing(200));
    assertMissing("bytes 64 to 65 of the source reached nobody", 0, 192);
    assertMissing("bytes 192 to 200 of the source reached nobody", 65, 200);
  }

  private void assertMissing(String expected, int from, int to) {
    assertEquals(
        expected,
        assertThrows(AssertionError.class, () -> pieces.requireAll(from, to)).getMessage());
  }

  @Test
  @DisplayName("should tell of bytes that are not the source's")
  void foreign() {
    byte[] stream = joined(part(0, 64), bytes(100), part(64, 128));
    String message =
        assertThrows(AssertionError.class, () -> pieces.accept("one", stream)).getMessage();
    assertEquals("byte 64 of 228 of one is not the source's next", message);
    pieces.accept("other", joined(part(200, 264), bytes(5), part(300, 364)));
    assertThrows(AssertionError.class, pieces::requireOnce);
  }
}

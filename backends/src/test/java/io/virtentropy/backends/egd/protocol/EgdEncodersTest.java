package io.virtentropy.backends.egd.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class EgdEncodersTest {
  private static String hex(Consumer<ByteBuf> writer) {
    ByteBuf out = Unpooled.buffer(0);
    writer.accept(out);
    return ByteBufUtil.hexDump(out);
  }

  private static ByteBuf data(int length) {
    return Unpooled.wrappedBuffer(Pieces.count(1, length));
  }

  @Test
  void should_write_each_of_the_five_commands() {
    assertEquals("00", hex(EgdRequests::level));
    assertEquals("01ff", hex(out -> EgdRequests.nonBlockingRead(out, 255)));
    assertEquals("0240", hex(out -> EgdRequests.blockingRead(out, 64)));
    assertEquals("030010020102", hex(out -> EgdRequests.write(out, 16, data(2))));
    assertEquals("04", hex(EgdRequests::pid));
  }

  /** What QEMU 7.2 was seen to send. */
  @ParameterizedTest
  @CsvSource({
    "1, 0201",
    "64, 0240",
    "255, 02ff",
    "256, 02ff0201",
    "300, 02ff022d",
    "510, 02ff02ff",
    "511, 02ff02ff0201",
    "1000, 02ff02ff02ff02eb"
  })
  void should_split_a_read_as_QEMU_does(int total, String bytes) {
    assertEquals(bytes, hex(out -> EgdRequests.blockingReads(out, total)));
    assertEquals(bytes.length() / 2, EgdRequests.lengthOfBlockingReads(total));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 256})
  void should_send_no_count_that_has_no_effect_or_no_room(int count) {
    assertThrows(
        IllegalArgumentException.class, () -> hex(out -> EgdRequests.nonBlockingRead(out, count)));
    assertThrows(
        IllegalArgumentException.class, () -> hex(out -> EgdRequests.blockingRead(out, count)));
    assertThrows(
        IllegalArgumentException.class,
        () -> hex(out -> EgdRequests.write(out, 0, data(Math.max(0, count)))));
  }

  @Test
  void should_claim_nothing_that_can_not_be() {
    assertThrows(
        IllegalArgumentException.class, () -> hex(out -> EgdRequests.write(out, 17, data(2))));
    assertThrows(
        IllegalArgumentException.class, () -> hex(out -> EgdRequests.write(out, -1, data(2))));
    assertEquals("0307f8ff", hex(out -> EgdRequests.write(out, 2040, data(255))).substring(0, 8));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 00000000",
    "4096, 00001000",
    "2147483647, 7fffffff",
    "2147483648, 7fffffff",
    "9223372036854775807, 7fffffff"
  })
  void should_answer_levels_that_signed_readers_understand(long bits, String bytes) {
    assertEquals(bytes, hex(out -> EgdReplies.level(out, bits)));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0130",
    "9, 0139",
    "10, 023130",
    "1234, 0431323334",
    "2147483647, 0a32313437343833363437"
  })
  void should_answer_process_numbers_without_padding(long pid, String bytes) {
    assertEquals(bytes, hex(out -> EgdReplies.pid(out, pid)));
  }

  @Test
  void should_answer_nothing_that_is_wrong() {
    assertEquals("00", hex(out -> EgdReplies.nonBlockingRead(out, 0)));
    assertEquals("ff", hex(out -> EgdReplies.nonBlockingRead(out, 255)));
    assertThrows(
        IllegalArgumentException.class, () -> hex(out -> EgdReplies.nonBlockingRead(out, 256)));
    assertThrows(IllegalArgumentException.class, () -> hex(out -> EgdReplies.level(out, -1)));
    assertThrows(IllegalArgumentException.class, () -> hex(out -> EgdReplies.pid(out, -1)));
    assertThrows(IllegalArgumentException.class, () -> hex(out -> EgdReplies.pid(out, 1L << 31)));
  }
}

package io.virtentropy.backends.egd.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.egd.protocol.EgdFault.PidTooLong;
import io.virtentropy.backends.egd.protocol.EgdFault.ReplyTooLong;
import io.virtentropy.backends.egd.protocol.EgdFault.TruncatedReply;
import io.virtentropy.backends.egd.protocol.EgdFault.Unsolicited;
import io.virtentropy.backends.egd.protocol.EgdReplyDecoder.Item;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class EgdReplyDecoderTest {
  private final EgdReplyDecoder decoder = new EgdReplyDecoder(4);

  private static ByteBuf bytes(int... values) {
    ByteBuf in = Unpooled.buffer();
    for (int value : values) {
      in.writeByte(value);
    }
    return in;
  }

  @Test
  void should_read_a_level_as_unsigned() {
    decoder.expectLevel();
    ByteBuf in = bytes(0xff, 0xff, 0xff, 0xfe);
    assertEquals(Item.LEVEL, decoder.next(in));
    assertEquals(0xffff_fffeL, decoder.level());
    assertEquals(Item.NEED_MORE, decoder.next(in));
  }

  @Test
  void should_give_the_bytes_of_a_blocking_read_without_a_length() {
    decoder.expectBlockingRead(3);
    ByteBuf in = bytes(3, 9);
    ByteBuffer target = ByteBuffer.allocate(8).position(1);

    assertEquals(Item.BYTES, decoder.next(in));
    assertEquals(2, decoder.available());
    assertEquals(2, decoder.take(in, target, 100));
    assertEquals(Item.NEED_MORE, decoder.next(in));
    assertEquals(1, decoder.owed());
    in.writeByte(7);
    assertEquals(Item.BYTES, decoder.next(in));
    assertEquals(1, decoder.take(in, target, 100));
    assertEquals(Item.READ_DONE, decoder.next(in));
    assertEquals(3, decoder.asked());
    assertEquals(0, decoder.owed());
    assertEquals(8, target.limit());
    assertArrayEquals(new byte[] {0, 3, 9, 7, 0, 0, 0, 0}, target.array());
  }

  @Test
  void should_give_a_read_in_as_small_parts_as_are_taken_and_wipe_them() {
    decoder.expectNonBlockingRead(4);
    ByteBuf in = bytes(3, 5, 6, 7);
    ByteBuffer target = ByteBuffer.allocate(3);
    for (int i = 0; i < 3; i++) {
      assertEquals(Item.BYTES, decoder.next(in));
      assertEquals(Item.BYTES, decoder.next(in), "until they are taken");
      assertEquals(1, decoder.take(in, target, 1));
    }
    assertEquals(Item.READ_DONE, decoder.next(in));
    assertEquals(4, decoder.asked());
    assertEquals(3, decoder.count());
    assertArrayEquals(new byte[] {5, 6, 7}, target.array());
    for (int i = 1; i < 4; i++) {
      assertEquals(0, in.getByte(i));
    }
  }

  @Test
  void should_take_a_non_blocking_read_of_nothing_for_an_answer() {
    decoder.expectNonBlockingRead(4);
    assertEquals(Item.READ_DONE, decoder.next(bytes(0)));
    assertEquals(0, decoder.count());
  }

  @Test
  void should_refuse_more_than_was_asked_for() {
    decoder.expectNonBlockingRead(4);
    assertEquals(Item.FAULT, decoder.next(bytes(5, 1, 2, 3, 4, 5)));
    assertEquals(new ReplyTooLong(5, 4), decoder.fault());
    assertEquals("a reply of 5 bytes to a read of 4", decoder.fault().describe());
  }

  @Test
  void should_refuse_what_was_not_asked_for() {
    assertEquals(Item.FAULT, decoder.next(bytes(1, 2)));
    assertEquals(new Unsolicited(2), decoder.fault());
  }

  @Test
  void should_stop_for_good_at_a_fault_until_a_new_stream() {
    assertEquals(Item.FAULT, decoder.next(bytes(1)));
    assertEquals(Item.FAULT, decoder.next(Unpooled.EMPTY_BUFFER));
    decoder.reset();
    assertEquals(Item.NEED_MORE, decoder.next(Unpooled.EMPTY_BUFFER));
    assertThrows(IllegalStateException.class, decoder::fault);
  }

  @ParameterizedTest
  @CsvSource({"1234, 1234", "'        1234', 1234", "'1234  ', 1234", "-1, -1", "0, 0", "+7, 7"})
  void should_understand_the_process_numbers_of_servers_in_use(String sent, long pid) {
    decoder.expectPid();
    ByteBuf in = bytes(sent.length());
    in.writeCharSequence(sent, StandardCharsets.US_ASCII);
    assertEquals(Item.PID, decoder.next(in));
    assertEquals(OptionalLong.of(pid), decoder.pid());
    assertEquals(sent, decoder.pidText());
  }

  @ParameterizedTest
  @CsvSource({"''", "none", "99999999999999999999", "'1 2'", "--1"})
  void should_go_on_behind_a_process_number_that_is_none(String sent) {
    decoder.expectPid();
    decoder.expectLevel();
    ByteBuf in = bytes(sent.length());
    in.writeCharSequence(sent, StandardCharsets.US_ASCII);
    in.writeInt(5);
    assertEquals(Item.PID, decoder.next(in));
    assertEquals(OptionalLong.empty(), decoder.pid());
    assertEquals(Item.LEVEL, decoder.next(in));
    assertEquals(5, decoder.level());
  }

  @Test
  void should_refuse_a_process_number_that_is_too_long() {
    decoder.expectPid();
    assertEquals(Item.FAULT, decoder.next(bytes(33)));
    assertEquals(new PidTooLong(33), decoder.fault());
  }

  @Test
  void should_say_which_reply_the_end_of_the_stream_cut_short() {
    assertNull(decoder.endOfStream());
    decoder.expectNonBlockingRead(4);
    assertEquals(new TruncatedReply(EgdCommand.NON_BLOCKING_READ, 0), decoder.endOfStream());
    ByteBuf in = bytes(3, 1);
    assertEquals(Item.BYTES, decoder.next(in));
    assertEquals(1, decoder.take(in, ByteBuffer.allocate(1), 1));
    assertEquals(Item.NEED_MORE, decoder.next(in));
    assertEquals(new TruncatedReply(EgdCommand.NON_BLOCKING_READ, 2), decoder.endOfStream());
  }

  @Test
  void should_not_expect_more_than_it_holds() {
    for (int i = 0; i < 4; i++) {
      decoder.expectLevel();
    }
    assertThrows(IllegalStateException.class, decoder::expectPid);
    assertEquals(4, decoder.expected());
  }

  @Test
  void should_not_expect_reads_of_nothing() {
    assertThrows(IllegalArgumentException.class, () -> decoder.expectBlockingRead(0));
    assertThrows(IllegalArgumentException.class, () -> decoder.expectNonBlockingRead(256));
    assertThrows(IllegalArgumentException.class, () -> new EgdReplyDecoder(0));
  }

  @Test
  void should_not_let_bytes_be_taken_that_are_not_there() {
    decoder.expectBlockingRead(3);
    ByteBuf in = bytes();
    assertEquals(Item.NEED_MORE, decoder.next(in));
    assertThrows(IllegalStateException.class, () -> decoder.take(in, ByteBuffer.allocate(3), 3));
  }
}

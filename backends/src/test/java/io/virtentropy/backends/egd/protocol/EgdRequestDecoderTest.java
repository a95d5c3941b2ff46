package io.virtentropy.backends.egd.protocol;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.egd.protocol.EgdFault.TruncatedCommand;
import io.virtentropy.backends.egd.protocol.EgdFault.UnknownCommand;
import io.virtentropy.backends.egd.protocol.EgdRequestDecoder.Item;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class EgdRequestDecoderTest {
  private final EgdRequestDecoder decoder = new EgdRequestDecoder();

  private static ByteBuf hex(String bytes) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(bytes.replace(" ", "")));
  }

  @Test
  void should_find_each_of_the_five_commands() {
    ByteBuf in = hex("00 0104 02FF 03 0010 02 AABB 04");

    assertEquals(Item.LEVEL, decoder.next(in));
    assertEquals(Item.NON_BLOCKING_READ, decoder.next(in));
    assertEquals(4, decoder.count());
    assertEquals(Item.BLOCKING_READ, decoder.next(in));
    assertEquals(255, decoder.count());
    assertEquals(Item.WRITE, decoder.next(in));
    assertEquals(2, decoder.count());
    assertEquals(16, decoder.claimedBits());
    byte[] data = new byte[3];
    assertEquals(2, decoder.copyData(data));
    assertArrayEquals(new byte[] {(byte) 0xaa, (byte) 0xbb, 0}, data);
    assertEquals(Item.PID, decoder.next(in));
    assertEquals(Item.NEED_MORE, decoder.next(in));
    assertNull(decoder.endOfStream());
  }

  @ParameterizedTest
  @CsvSource({"0001, 1", "0100, 256", "FFFF, 65535", "00FF, 255", "8000, 32768"})
  void should_read_a_claim_as_big_endian_and_unsigned(String claim, int bits) {
    assertEquals(Item.WRITE, decoder.next(hex("03" + claim + "0155")));
    assertEquals(bits, decoder.claimedBits());
  }

  @Test
  void should_report_commands_of_0_bytes_like_others() {
    ByteBuf in = hex("0100 0200 03FFFF00 04");
    assertEquals(Item.NON_BLOCKING_READ, decoder.next(in));
    assertEquals(0, decoder.count());
    assertEquals(Item.BLOCKING_READ, decoder.next(in));
    assertEquals(0, decoder.count());
    assertEquals(Item.WRITE, decoder.next(in));
    assertEquals(0, decoder.count());
    assertEquals(0, decoder.copyData(new byte[0]));
    assertEquals(Item.PID, decoder.next(in));
  }

  @Test
  void should_consume_one_command_and_nothing_behind_it() {
    ByteBuf in = hex("0208 0207 93");
    assertEquals(Item.BLOCKING_READ, decoder.next(in));
    assertEquals(3, in.readableBytes());
  }

  @Test
  void should_stop_for_good_at_a_byte_that_is_no_command() {
    ByteBuf in = hex("93 12 04");
    assertEquals(Item.FAULT, decoder.next(in));
    assertEquals(new UnknownCommand(0x93), decoder.fault());
    assertEquals(Item.FAULT, decoder.next(in));
    assertEquals(2, in.readableBytes(), "what is behind it is not looked at");
    assertEquals(decoder.fault(), decoder.endOfStream());
    assertEquals("unknown command 0x93; 0x00 to 0x04 is accepted", decoder.fault().describe());
  }

  @Test
  void should_take_bytes_of_a_write_for_data_whatever_they_are() {
    ByteBuf in = hex("03 0000 04 93049305 04");
    assertEquals(Item.WRITE, decoder.next(in));
    assertEquals(Item.PID, decoder.next(in));
  }

  @ParameterizedTest
  @CsvSource({
    "01, NON_BLOCKING_READ, 1",
    "02, BLOCKING_READ, 1",
    "03, WRITE, 1",
    "0300, WRITE, 2",
    "030000, WRITE, 3",
    "03000002, WRITE, 4",
    "03000002AA, WRITE, 5"
  })
  void should_say_what_the_end_of_the_stream_cut_short(
      String stream, EgdCommand command, int bytes) {
    ByteBuf in = hex(stream);
    assertEquals(Item.NEED_MORE, decoder.next(in));
    assertTrue(decoder.isInsideCommand());
    assertEquals(new TruncatedCommand(command, bytes), decoder.endOfStream());
  }

  private Item next() {
    return decoder.next(Unpooled.EMPTY_BUFFER);
  }

  @Test
  void should_be_outside_of_commands_between_them() {
    assertFalse(decoder.isInsideCommand());
    assertEquals(Item.PID, decoder.next(hex("04")));
    assertFalse(decoder.isInsideCommand());
  }

  @Test
  void should_forget_the_data_of_a_write_at_the_next_call_and_when_closed() throws Exception {
    byte[] held = heldData();
    assertEquals(Item.WRITE, decoder.next(hex("03 0000 03 AABBCC")));
    assertEquals((byte) 0xbb, held[1]);
    assertEquals(Item.NEED_MORE, next());
    assertArrayEquals(new byte[held.length], held);
    assertThrows(IllegalStateException.class, () -> decoder.copyData(new byte[3]));

    assertEquals(Item.NEED_MORE, decoder.next(hex("03 0000 03 AABB")));
    assertEquals(Item.NEED_MORE, next());
    assertEquals((byte) 0xbb, held[1], "half a write is kept");
    decoder.close();
    assertArrayEquals(new byte[held.length], held);
  }

  private byte[] heldData() throws ReflectiveOperationException {
    var field = EgdRequestDecoder.class.getDeclaredField("data");
    field.setAccessible(true);
    byte[] held = (byte[]) field.get(decoder);
    assertEquals(255, held.length);
    assertTrue(Arrays.equals(held, new byte[255]));
    return held;
  }
}

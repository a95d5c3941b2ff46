package io.virtentropy.backends.derived;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MixBackendTest {
  private final ManualClock clock = new ManualClock();
  private final Heard heard = new Heard();
  private final ScriptedSource a = ScriptedSource.ready("a", i -> i);
  private final ScriptedSource b = ScriptedSource.ready("b", i -> 128 + i);

  private EntropyBackend mix(int quorum) {
    return MixBackend.builder(List.of(a, b)).quorum(quorum).clock(clock).listener(heard).build();
  }

  private static String hex(EntropyBackend source, int bytes) {
    ByteBuffer target = ByteBuffer.allocate(bytes);
    assertEquals(bytes, source.fill(target, 0, bytes));
    return HexFormat.of().formatHex(target.array());
  }

  /** The answers were computed with Python's SHA-512. */
  @Test
  void should_give_the_known_answers_of_its_construction() {
    try (EntropyBackend mix = mix(1)) {
      assertEquals(
          "7b5d49fdf20848fde63a54c6213d0e1d85552a8da15bdecba13a98ca950f50b1"
              + "0af20130f45eeeb152230b01bc848a9a56ef433042d81b51ef4fe5c3d499bbbf",
          hex(mix, 64));
      assertEquals("mix(a,b)", mix.toString());
    }
    assertTrue(a.closed && b.closed);
  }

  @Test
  void should_leave_out_a_source_that_is_down_and_say_so() {
    b.breakDown();
    try (EntropyBackend mix = mix(1)) {
      assertEquals(
          "5734904d35d0789bd43b38ee15b3a1222b6b0cb634c5927a4e20f42aeb024d64", hex(mix, 32));
      assertEquals(List.of("b failed, 1000 ms: b is broken"), heard.lines);
    }
  }

  @Test
  void should_ask_a_source_that_is_down_again_after_a_pause_that_doubles() {
    b.breakDown();
    try (EntropyBackend mix = mix(1)) {
      hex(mix, 32);
      assertEquals(1, b.asked);
      long pause = 1_000_000_000L;
      for (int i = 0; i < 10; i++) {
        clock.advance(pause - 1);
        hex(mix, 32);
        assertEquals(1 + i, b.asked, "a nanosecond before the end of a pause of " + pause);
        clock.advance(1);
        hex(mix, 32);
        assertEquals(2 + i, b.asked, "after a pause of " + pause);
        pause = Math.min(2 * pause, 60_000_000_000L);
      }
      b.repair();
      clock.advance(pause);
      hex(mix, 32);
      assertEquals(32, b.delivered(), "it takes part again");
      assertEquals(List.of("b failed, 1000 ms: b is broken", "b returned"), heard.lines);
    }
  }

  @Test
  void should_wait_for_every_source_that_works() {
    b.atHand = 0;
    try (EntropyBackend mix = mix(1)) {
      EntropyRequest request = new EntropyRequest(64, () -> {});
      assertEquals(0, mix.fill(ByteBuffer.allocate(64), 0, 64));
      request.submitTo(mix, 64);
      b.answer(31);
      assertFalse(request.isDone());
      b.answer(1);
      assertEquals(32, request.delivered());
    }
  }

  @Test
  void should_not_wait_for_a_source_that_may_have_come_back() {
    b.breakDown();
    try (EntropyBackend mix = mix(1)) {
      hex(mix, 32);
      b.repair();
      b.atHand = 0;
      clock.advance(1_000_000_000L);
      hex(mix, 32);
      assertEquals(1, b.waiting(), "it has been asked");
      hex(mix, 32);
      b.answer(32);
      b.atHand = Integer.MAX_VALUE;
      hex(mix, 32);
      assertEquals("b returned", heard.lines.get(1));
    }
  }

  @Test
  void should_fail_when_fewer_work_than_must() {
    try (EntropyBackend mix = mix(2)) {
      hex(mix, 32);
      b.breakDown();
      ByteBuffer target = ByteBuffer.allocate(32);
      assertEquals(
          "1 of the sources of a mix work, and 2 must: b is broken",
          assertThrows(EntropySourceException.class, () -> mix.fill(target, 0, 32)).getMessage());
      assertEquals(ByteBuffer.allocate(32), target);
      EntropyRequest request = new EntropyRequest(32, () -> {});
      request.submitTo(mix, 32);
      assertTrue(request.failure().getMessage().contains("b is broken"));
      request.release();

      b.repair();
      clock.advance(1_000_000_000L);
      hex(mix, 32);
    }
    try (EntropyBackend mix = mix(1)) {
      a.breakDown();
      b.breakDown();
      EntropySourceException failure =
          assertThrows(EntropySourceException.class, () -> hex(mix, 32));
      assertTrue(
          failure.getMessage().startsWith("0 of the sources of a mix work"), failure::toString);
    }
  }

  @Test
  void should_not_be_cancelled_out_by_a_source_that_sees_the_other() {
    // b gives exactly what a gives: with an exclusive or the mix would be zeros.
    ScriptedSource echo = ScriptedSource.ready("echo", i -> i);
    try (EntropyBackend mix = MixBackend.builder(List.of(a, echo)).build()) {
      byte[] bytes = HexFormat.of().parseHex(hex(mix, 4096));
      assertEquals(128, blocks(bytes), "blocks of 32 bytes that differ");
    }
  }

  @Test
  void should_depend_on_each_source_whatever_the_others_give() {
    String[] streams = new String[2];
    for (int i = 0; i < 2; i++) {
      int secret = i;
      ScriptedSource good = ScriptedSource.ready("good", at -> at == 17 ? secret : 0);
      ScriptedSource bad = ScriptedSource.ready("bad", at -> 0);
      try (EntropyBackend mix = MixBackend.builder(List.of(bad, good)).build()) {
        streams[i] = hex(mix, 4096);
      }
    }
    for (int at = 0; at < 8192; at += 64) {
      assertFalse(
          streams[0].regionMatches(at, streams[1], at, 64), "block " + at / 64 + " is the same");
    }
  }

  private static long blocks(byte[] bytes) {
    return java.util.stream.IntStream.range(0, bytes.length / 32)
        .mapToObj(i -> ByteBuffer.wrap(Arrays.copyOfRange(bytes, 32 * i, 32 * i + 32)))
        .distinct()
        .count();
  }

  @Test
  void should_refuse_what_is_no_mix() {
    assertEquals(
        "mix was given quorum=3; 1 to 2 bytes is accepted",
        assertThrows(
                EntropySourceException.class,
                () -> EntropyBackends.open("mix(builtin,builtin,quorum=3)"))
            .getMessage());
    assertThrows(EntropySourceException.class, () -> EntropyBackends.open("mix()"));
    assertThrows(EntropySourceException.class, () -> EntropyBackends.open("mix:x(builtin)"));
    assertThrows(IllegalArgumentException.class, () -> MixBackend.builder(List.of()).build());
    assertThrows(
        IllegalArgumentException.class, () -> MixBackend.builder(List.of(a)).quorum(2).build());
  }
}

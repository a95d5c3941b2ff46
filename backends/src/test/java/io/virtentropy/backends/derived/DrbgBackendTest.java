package io.virtentropy.backends.derived;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.FixedBackend;
import io.virtentropy.ratelimit.ManualClock;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DrbgBackendTest {
  private static final int BLOCK = 65_536;

  private final ManualClock clock = new ManualClock();

  private static byte[] take(EntropyBackend source, int bytes) {
    ByteBuffer target = ByteBuffer.allocate(bytes);
    int done = 0;
    while (done < bytes) {
      int n = source.fill(target, done, bytes - done);
      assertTrue(n > 0, () -> "nothing to be had from " + source);
      done += n;
    }
    return target.array();
  }

  private static byte[] seeds(int count) {
    byte[] seeds = new byte[64 * count];
    for (int i = 0; i < seeds.length; i++) {
      seeds[i] = (byte) i;
    }
    return seeds;
  }

  private static String hex(byte[] bytes, int from, int length) {
    return HexFormat.of().formatHex(bytes, from, from + length);
  }

  /** The answers were computed with OpenSSL's AES-256-CTR and Python's SHA-256. */
  @Test
  void should_give_the_known_answers_of_its_construction() throws Exception {
    try (EntropyBackend drbg =
        DrbgBackend.builder(new FixedBackend(seeds(2))).reseedBytes(2 * BLOCK).build()) {
      byte[] blocks = take(drbg, 3 * BLOCK);
      assertEquals(
          "9eb23ec4179fa87297120f12b35e77078b7897f9723ae82aecea0b227863d759", hex(blocks, 0, 32));
      assertEquals("f5b11bbb2fb1a65a27097eb5946dae7e", hex(blocks, BLOCK - 16, 16));
      assertEquals(
          "06180dfd73c6eedd48a8974501b268c1a5df453876f7e9f8e4ef17331e24470e",
          hex(blocks, BLOCK, 32));
      assertEquals(
          "6513ebf5dd3416f513d98c35e63e2c6f149cfbdfa78df8b341f81b49de431c94",
          hex(blocks, 2 * BLOCK, 32));
      assertEquals(
          "7a4e495694c33ea99dd7f49322591d74639e78c742b29d9b55ab1f0bb6a0bdcf",
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(blocks)));
    }
  }

  @Test
  void should_give_the_known_answers_with_prediction_resistance() throws Exception {
    try (EntropyBackend drbg =
        EntropyBackends.openForTests(
            "drbg(fixed:" + hex(seeds(2), 0, 128) + ",prediction-resistance=on)")) {
      ByteBuffer both = ByteBuffer.allocate(200);
      assertEquals(100, drbg.fill(both, 0, 100));
      assertEquals(100, drbg.fill(both, 100, 100));
      assertEquals("6765126871fb675e", hex(both.array(), 96, 8));
      assertEquals(
          "d051d3e6d156f14e55f3df74eacc72672fb6943a4dbf01ef9d1e68b4ce493bfc",
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(both.array())));
      assertThrows(EntropySourceException.class, () -> drbg.fill(both, 0, 1));
    }
  }

  @Test
  void should_give_the_same_bytes_however_they_are_asked_for() {
    byte[] expected;
    try (EntropyBackend drbg = DrbgBackend.builder(new FixedBackend(seeds(1))).build()) {
      expected = take(drbg, 2 * BLOCK);
    }
    try (EntropyBackend drbg = DrbgBackend.builder(new FixedBackend(seeds(1))).build()) {
      ByteBuffer target = ByteBuffer.allocate(2 * BLOCK);
      int size = 1;
      for (int done = 0; done < 2 * BLOCK; size = size * 7 % 5003 + 1) {
        done += drbg.fill(target, done, Math.min(size, 2 * BLOCK - done));
      }
      assertArrayEquals(expected, target.array());
    }
  }

  @Test
  void should_deliver_nothing_before_its_first_seed_has_come_whole() {
    ScriptedSource below = new ScriptedSource("slow", i -> i);
    try (EntropyBackend drbg = DrbgBackend.builder(below).build()) {
      ByteBuffer target = ByteBuffer.allocate(64);
      assertEquals(0, drbg.fill(target, 0, 64));
      EntropyRequest request = new EntropyRequest(64, () -> {});
      request.submitTo(drbg, 64);
      for (int i = 0; i < 63; i++) {
        assertTrue(below.answer(1));
        assertFalse(request.isDone(), "served from " + (i + 1) + " bytes of seed");
      }
      assertTrue(below.answer(1));
      assertEquals(64, request.delivered());
      assertEquals(64, below.delivered());
      request.release();
      assertEquals(64, drbg.fill(target, 0, 64));
    }
    assertTrue(below.closed);
  }

  @Test
  void should_fail_with_what_its_source_fails_with_until_it_is_seeded() {
    ScriptedSource below = ScriptedSource.ready("source", i -> i);
    below.breakDown();
    try (EntropyBackend drbg = DrbgBackend.builder(below).build()) {
      EntropySourceException failure =
          assertThrows(EntropySourceException.class, () -> drbg.fill(ByteBuffer.allocate(8), 0, 8));
      assertSame(below.failure, failure);
      below.repair();
      assertEquals(8, take(drbg, 8).length);
    }
  }

  @Test
  void should_ask_for_a_new_seed_after_so_many_bytes_and_after_so_long() {
    ScriptedSource below = ScriptedSource.ready("source", i -> i);
    try (EntropyBackend drbg =
        DrbgBackend.builder(below)
            .reseedBytes(4 * BLOCK)
            .reseedAfter(Duration.ofSeconds(10))
            .clock(clock)
            .build()) {
      take(drbg, 4 * BLOCK);
      assertEquals(64, below.delivered());
      take(drbg, 1);
      assertEquals(128, below.delivered(), "after 4 blocks");

      clock.advance(Duration.ofSeconds(10).toNanos() - 1);
      take(drbg, BLOCK);
      assertEquals(128, below.delivered(), "a nanosecond before the time");
      clock.advance(1);
      take(drbg, BLOCK);
      assertEquals(192, below.delivered(), "when the time has come");
    }
  }

  @Test
  void should_use_the_old_seed_while_no_new_one_comes_but_not_for_ever() {
    ScriptedSource below = new ScriptedSource("slow", i -> i);
    below.atHand = 64;
    try (EntropyBackend drbg = DrbgBackend.builder(below).reseedBytes(BLOCK).build()) {
      take(drbg, DrbgBackend.HARD_LIMIT_FACTOR * BLOCK);
      ByteBuffer target = ByteBuffer.allocate(16);
      assertEquals(0, drbg.fill(target, 0, 16), "delivered beyond the hard limit");
      assertEquals(1, below.waiting());
      EntropyRequest request = new EntropyRequest(16, () -> {});
      request.submitTo(drbg, 16);
      assertFalse(request.isDone());

      below.answer(64);

      assertEquals(16, request.delivered());
    }
  }

  @Test
  void should_not_live_longer_than_its_hard_limit_when_its_source_fails() {
    ScriptedSource below = ScriptedSource.ready("source", i -> i);
    try (EntropyBackend drbg =
        DrbgBackend.builder(below).reseedAfter(Duration.ofSeconds(1)).clock(clock).build()) {
      take(drbg, BLOCK);
      below.breakDown();
      int asked = below.asked;

      clock.advance(Duration.ofSeconds(1).toNanos());
      take(drbg, 3 * BLOCK);
      assertEquals(asked + 1, below.asked, "asked once and then left alone for a second");
      clock.advance(Duration.ofSeconds(1).toNanos());
      take(drbg, BLOCK);
      assertEquals(asked + 2, below.asked);

      clock.advance(Duration.ofSeconds(62).toNanos());
      assertThrows(EntropySourceException.class, () -> take(drbg, 1));
      below.repair();
      take(drbg, BLOCK);
    }
  }

  @Test
  void should_be_no_worse_for_a_seed_that_is_known() {
    // A second seed of zeros: what follows depends on the first one all the same.
    byte[][] after = new byte[2][];
    for (int i = 0; i < 2; i++) {
      byte[] seeds = new byte[128];
      Arrays.fill(seeds, 0, 64, (byte) (i + 1));
      try (EntropyBackend drbg =
          DrbgBackend.builder(new FixedBackend(seeds)).reseedBytes(BLOCK).build()) {
        after[i] = Arrays.copyOfRange(take(drbg, BLOCK + 32), BLOCK, BLOCK + 32);
      }
    }
    assertFalse(Arrays.equals(after[0], after[1]));
  }

  @Test
  void should_refuse_limits_out_of_their_ranges() {
    ScriptedSource below = new ScriptedSource("source", i -> i);
    assertThrows(
        IllegalArgumentException.class,
        () -> DrbgBackend.builder(below).reseedBytes(BLOCK - 1).build());
    assertThrows(
        IllegalArgumentException.class,
        () -> DrbgBackend.builder(below).reseedAfter(Duration.ZERO).build());
    assertEquals(
        "drbg was given reseed-bytes=1KiB; 65536 to 68719476736 bytes is accepted",
        assertThrows(
                EntropySourceException.class,
                () -> EntropyBackends.open("drbg(builtin,reseed-bytes=1KiB)"))
            .getMessage());
  }

  @Test
  void should_allocate_nothing_but_what_the_jdk_does_for_a_key() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().getId();
    ByteBuffer target = ByteBuffer.allocateDirect(64);
    try (EntropyBackend drbg = EntropyBackends.open("drbg(builtin)")) {
      for (int i = 0; i < 50_000; i++) {
        drbg.fill(target, 0, 64);
      }
      long before = threads.getThreadAllocatedBytes(self);
      for (int i = 0; i < 102_400; i++) {
        drbg.fill(target, 0, 64);
      }
      long allocated = threads.getThreadAllocatedBytes(self) - before;
      // 100 blocks: 1.8 KB each for the key of the cipher. One object a fill would be 1.6 MB.
      assertTrue(allocated < 400_000, allocated + " bytes allocated by 102,400 fills");
    }
  }
}

package io.virtentropy.backends.derived;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.health.HealthCounter;
import io.virtentropy.backends.health.HealthCounters;
import io.virtentropy.ratelimit.ManualClock;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HealthBackendTest {
  private static final int STARTUP = 1024;
  private static final int WINDOW = 512;

  private final ManualClock clock = new ManualClock();
  private final HealthCounters counters = new HealthCounters();
  private final byte[] noise = new byte[1 << 18];
  private final ScriptedSource below = ScriptedSource.ready("noise", i -> noise[i]);
  private final EntropyBackend source =
      HealthBackend.builder(below).counters(counters).clock(clock).build();

  HealthBackendTest() {
    new Random(20261125).nextBytes(noise);
  }

  private byte[] take(int bytes) {
    ByteBuffer target = ByteBuffer.allocate(bytes);
    int n = source.fill(target, 0, bytes);
    return Arrays.copyOf(target.array(), n);
  }

  private EntropySourceException assertUnhealthy() {
    ByteBuffer target = ByteBuffer.allocate(16);
    EntropySourceException failure =
        assertThrows(EntropySourceException.class, () -> source.fill(target, 0, 16));
    assertEquals(Reason.UNHEALTHY, failure.reason());
    assertEquals(ByteBuffer.allocate(16), target, "suspect bytes were delivered");
    return failure;
  }

  @Test
  void should_throw_away_the_start_up_test_and_pass_on_the_rest() {
    byte[] taken = take(10_000);
    assertArrayEquals(Arrays.copyOfRange(noise, STARTUP, STARTUP + 10_000), taken);
    assertEquals(1, counters.get(HealthCounter.STARTUPS));
    assertEquals(STARTUP + 20 * WINDOW, counters.get(HealthCounter.TESTED_BYTES));
    assertEquals(4, counters.get(HealthCounter.FIPS_BLOCKS));
    assertEquals(0, counters.get(HealthCounter.FIPS_FAILURES));
  }

  @Test
  void should_deliver_no_byte_of_a_window_that_fails_and_all_of_those_before() {
    Arrays.fill(noise, STARTUP + 3 * WINDOW + 480, STARTUP + 4 * WINDOW, (byte) 0x55);
    assertEquals(3 * WINDOW, take(10_000).length);
    assertEquals(
        "noise is stuck: it failed the repetition count test and is not used before it has passed"
            + " a new start-up test",
        assertUnhealthy().getMessage());
    assertEquals(1, counters.get(HealthCounter.REPETITION_FAILURES));
    assertEquals(1, counters.get(HealthCounter.QUARANTINES));
  }

  @Test
  void should_find_a_run_across_two_windows() {
    // 15 and 16 bytes the same: neither alone reaches the cut-off of 31.
    Arrays.fill(noise, STARTUP + WINDOW - 15, STARTUP + WINDOW + 16, (byte) 0x55);
    assertEquals(WINDOW, take(10_000).length);
    assertUnhealthy();
  }

  @Test
  void should_find_a_source_that_has_become_predictable() {
    for (int i = STARTUP; i < noise.length; i += 3) {
      noise[i] = 7;
      noise[i + 1] = 7;
    }
    assertTrue(assertUnhealthy().getMessage().contains("adaptive proportion"));
    assertEquals(1, counters.get(HealthCounter.PROPORTION_FAILURES));
  }

  @Test
  void should_leave_a_source_alone_and_test_it_anew_before_it_is_used_again() {
    Arrays.fill(noise, 0, STARTUP + WINDOW, (byte) 1);
    assertUnhealthy();
    int read = below.delivered();
    clock.advance(Duration.ofSeconds(10).toNanos() - 1);
    assertUnhealthy();
    assertEquals(read, below.delivered(), "read from in quarantine");
    clock.advance(1);
    assertUnhealthy();
    assertEquals(2, counters.get(HealthCounter.QUARANTINES));
    clock.advance(Duration.ofSeconds(20).toNanos() - 1);
    assertUnhealthy();
    assertEquals(2, counters.get(HealthCounter.QUARANTINES), "the second one is twice as long");

    clock.advance(1);
    assertUnhealthy();
    clock.advance(Duration.ofSeconds(40).toNanos());
    assertEquals(16, take(16).length);
    assertEquals(1, counters.get(HealthCounter.STARTUPS));
  }

  @Test
  void should_double_the_quarantine_of_one_that_was_well_for_a_short_time_only() {
    for (int seconds : new int[] {10, 20, 40, 80, 160, 320, 600, 600}) {
      int at = below.delivered();
      Arrays.fill(noise, at, at + WINDOW, (byte) 1);
      if (at > 0) {
        assertEquals(WINDOW - 16, take(WINDOW).length, "what is left of the window before");
      }
      assertUnhealthy();
      clock.advance(Duration.ofSeconds(seconds).toNanos() - 1);
      assertUnhealthy();
      clock.advance(1);
      assertEquals(16, take(16).length, "after " + seconds + " s");
    }
  }

  @Test
  void should_wait_for_a_whole_window_of_a_slow_source() {
    below.atHand = STARTUP;
    EntropyRequest request = new EntropyRequest(16, () -> {});
    request.submitTo(source, 16);
    below.answer(WINDOW - 1);
    assertFalse(request.isDone());
    below.answer(1);
    assertEquals(16, request.delivered());
    request.release();
    assertEquals(WINDOW - 16, take(10_000).length, "the rest of the window is there");
  }

  @Test
  void should_be_told_to_flight_recorder(@TempDir Path dir) throws Exception {
    Arrays.fill(noise, 0, STARTUP, (byte) 1);
    List<RecordedEvent> events;
    try (Recording recording = new Recording()) {
      recording.enable("io.virtentropy.SourceQuarantined");
      recording.start();
      assertUnhealthy();
      recording.stop();
      Path file = dir.resolve("recording.jfr");
      recording.dump(file);
      events = RecordingFile.readAllEvents(file);
    }
    assertEquals(1, events.size());
    assertEquals("noise", events.get(0).getString("source"));
    assertEquals("repetition count", events.get(0).getString("test"));
    assertEquals(Duration.ofSeconds(10), events.get(0).getDuration("quarantine"));
  }
}

package io.virtentropy.backends.egd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class BackoffTest {
  @Test
  void should_begin_at_once_and_double_up_to_the_limit_with_a_random_half() {
    Backoff backoff = new Backoff(100, 1500, new Random(1));
    for (int round = 0; round < 200; round++) {
      assertEquals(0, backoff.next());
      for (long whole : new long[] {100, 200, 400, 800, 1500, 1500, 1500}) {
        long delay = backoff.next();
        assertTrue(delay >= whole / 2 && delay <= whole, delay + " of " + whole);
      }
      backoff.reset();
    }
  }

  @Test
  void should_not_overflow() {
    long longest = Long.MAX_VALUE / 4;
    Backoff backoff = new Backoff(1, longest, new Random(1));
    long delay = 0;
    for (int i = 0; i < 200; i++) {
      delay = backoff.next();
      assertTrue(delay >= 0 && delay <= longest);
    }
    assertTrue(delay >= longest / 2);
  }

  @Test
  void should_differ_between_clients() {
    Backoff one = new Backoff(1 << 20, 1 << 20, new Random(1));
    Backoff two = new Backoff(1 << 20, 1 << 20, new Random(2));
    assertEquals(one.next(), two.next());
    assertNotEquals(one.next(), two.next());
  }
}

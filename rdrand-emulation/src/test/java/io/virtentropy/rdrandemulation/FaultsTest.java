package io.virtentropy.rdrandemulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.RandomBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.rdrandemulation.MoodySource.Mood;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Sources that block, fail, deliver short or die")
final class FaultsTest {
  private static final int DRAWS = 10_000;

  @Test
  @DisplayName("should leave every draw legal, and be seen in the rate of CF=0")
  void legalWhateverHappens() {
    Map<Mood, Double> rates = new EnumMap<>(Mood.class);
    for (Mood mood : Mood.values()) {
      MoodySource source = new MoodySource(1);
      ManualClock clock = new ManualClock();
      VmEntropy numbers =
          VmEntropy.builder(source).seedSource(source).clock(clock).prefetch(8).build();
      int delivered = 0;
      for (int i = 0; i < DRAWS; i++) {
        source.mood = i % 3 == 0 ? Mood.GENEROUS : mood;
        if (i % 11 == 0 && !source.waiting.isEmpty()) {
          source.complete(1 + i % source.waiting.peek().length());
        }
        clock.advance(1_000_000);
        long value = numbers.next(i % 5 == 0 ? Grade.SEED : Grade.RANDOM, 1 << (1 + i % 3));
        if (numbers.outcome() == Outcome.DELIVERED) {
          delivered++;
        } else {
          assertEquals(0, value, mood.toString());
        }
      }
      RandomCounters counters = numbers.counters();
      long underflows =
          counters.get(RandomCounter.RANDOM_UNDERFLOWS)
              + counters.get(RandomCounter.SEED_UNDERFLOWS);
      assertEquals(DRAWS, delivered + underflows, mood.toString());
      assertEquals(underflows / (double) DRAWS, rate(counters), 1e-9);
      rates.put(mood, rate(counters));
    }
    System.out.println("share of draws with CF=0 beside a third of good ones: " + rates);
    assertEquals(0, rates.get(Mood.GENEROUS));
    assertEquals(0, rates.get(Mood.SHORT), "a short source is asked again");
    for (Mood mood : new Mood[] {Mood.SLOW, Mood.FAILING, Mood.THROWING, Mood.BOASTING}) {
      assertTrue(rates.get(mood) > 0.05 && rates.get(mood) < 1, () -> mood + " " + rates);
    }
  }

  private static double rate(RandomCounters counters) {
    double random = counters.underflowRate(Grade.RANDOM);
    double seed = counters.underflowRate(Grade.SEED);
    double randoms =
        counters.get(RandomCounter.RANDOM_DELIVERED)
            + counters.get(RandomCounter.RANDOM_UNDERFLOWS);
    double seeds =
        counters.get(RandomCounter.SEED_DELIVERED) + counters.get(RandomCounter.SEED_UNDERFLOWS);
    return (random * randoms + seed * seeds) / (randoms + seeds);
  }

  @Test
  @Timeout(600)
  @SuppressWarnings("try") // that a source dies early is what is looked at
  @DisplayName("should do without a pipe that nobody writes to, and take what comes, then its end")
  void realPipe(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("entropy");
    assertEquals(
        0, new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor(), "mkfifo");
    // Both ends, so that neither side's opening waits for the other.
    try (FileChannel pipe =
            FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        EntropyBackend source = RandomBackend.open(path);
        VmEntropy numbers = VmEntropy.builder(source).build()) {
      for (int i = 0; i < 100; i++) {
        assertEquals(0, numbers.next(Grade.RANDOM, 8));
        assertEquals(Outcome.NOT_NOW, numbers.outcome());
      }
      ByteBuffer two = ByteBuffer.allocate(16).putLong(0, 1L << 56).putLong(8, 2L << 56);
      pipe.write(two);
      assertEquals(1, await(numbers));
      assertEquals(2, await(numbers));
      assertEquals(0, numbers.next(Grade.RANDOM, 8));
      assertEquals(Outcome.NOT_NOW, numbers.outcome());
      source.close();
      assertEquals(0, numbers.next(Grade.RANDOM, 8));
    }
  }

  /** Tries again, as a guest does; the time-out of the test is what ends it. */
  private static long await(VmEntropy numbers) {
    while (true) {
      long value = numbers.next(Grade.RANDOM, 8);
      if (numbers.outcome() == Outcome.DELIVERED) {
        return value;
      }
      Thread.onSpinWait();
    }
  }
}

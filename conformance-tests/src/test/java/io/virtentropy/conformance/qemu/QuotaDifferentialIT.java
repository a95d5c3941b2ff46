package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.dut.EgdUnits;
import io.virtentropy.conformance.inprocess.PciDevice;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.virtio.device.QemuVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * QEMU's {@code max-bytes} and {@code period} against ours: limits, requests, answers and times are
 * generated, QEMU's virtual clock is stepped, and after every step of at most a millisecond both
 * must have asked for and delivered the same bytes.
 */
@Label("The quota")
final class QuotaDifferentialIT {
  private static final int RING = 8;
  private static final long MILLI = 1_000_000;

  private static long millis;
  private static long steps;

  /** One thing that happens, with a number. */
  record Step(Kind kind, int amount) {
    enum Kind {
      /** A buffer of so many bytes, and a kick. */
      POST,
      /** A kick for what is there already. */
      KICK,
      /** So many bytes from the source, of those that were asked for. */
      DELIVER,
      /** All that was asked for. */
      ANSWER,
      /** So many milliseconds, one by one. */
      MILLIS,
      /** So many microseconds, at once. */
      MICROS,
      /** The machine is stopped, or goes on if it was. */
      STOP_OR_CONT
    }
  }

  /** A limit, and what happens under it. */
  record Story(Quota quota, List<Step> steps) {}

  /** A device with its driver, and what was seen of it. */
  private static final class Side {
    final DeviceUnderTest device;
    final RingDriver driver;
    int posted;
    int used;
    int delivered;

    Side(DeviceUnderTest device) {
      this.device = device;
      this.driver = new RingDriver(device).start();
    }

    boolean hasRoom() {
      return posted - used < RING;
    }

    void post(int length) {
      long unused = driver.post(length);
      posted++;
      driver.kick();
    }

    void deliver(int count) {
      byte[] bytes = new byte[count];
      for (int i = 0; i < count; i++, delivered++) {
        bytes[i] = (byte) (delivered * 7 + delivered / 251);
      }
      device.supply().deliver(bytes);
    }

    /** The bytes of each buffer that was completed since the last call. */
    List<byte[]> takeCompleted() {
      List<byte[]> taken = new ArrayList<>();
      device.settle();
      for (int end = driver.usedIdx() & 0xffff; used != end; used++) {
        long buffer = RingDriver.BUFFERS + (long) (used % RING) * 0x40000;
        taken.add(device.memoryRead(buffer, driver.usedLength(used % RING)));
      }
      return taken;
    }
  }

  @Property(tries = 40, seed = "1", edgeCases = EdgeCasesMode.NONE)
  @Label("should let pass what QEMU lets pass, in the same millisecond")
  void likeQemu(@ForAll("stories") Story story) {
    Quota quota = story.quota();
    try (DeviceUnderTest qemu = start(quota);
        DeviceUnderTest ours = PciDevice.likeQemu(QemuVersion.V11_1).quota(quota).start()) {
      Side reference = new Side(qemu);
      Side subject = new Side(ours);
      QuotaLoop loop = new QuotaLoop(quota, false);
      loop.start();
      int balance = 0;
      boolean stopped = false;
      for (Step step : story.steps()) {
        int amount = step.amount();
        switch (step.kind()) {
          case POST -> {
            if (reference.hasRoom()) {
              reference.post(amount);
              subject.post(amount);
              loop.post(amount);
            }
          }
          case KICK -> {
            reference.driver.kick();
            subject.driver.kick();
            loop.kick();
          }
          case DELIVER, ANSWER -> {
            int bytes = step.kind() == Step.Kind.ANSWER ? balance : Math.min(balance, amount);
            if (bytes > 0) {
              balance -= bytes;
              reference.deliver(bytes);
              subject.deliver(bytes);
              loop.deliver(bytes);
            }
          }
          case MILLIS, MICROS -> {
            boolean single = step.kind() == Step.Kind.MILLIS;
            // The last of them is compared below.
            for (int i = 0; !stopped && i < (single ? amount : 1); i++) {
              if (i > 0) {
                balance += compare(reference, subject, loop, step);
              }
              long nanos = single ? MILLI : amount * 1000L;
              qemu.advanceClock(Duration.ofNanos(nanos));
              ours.advanceClock(Duration.ofNanos(nanos));
              loop.advance(nanos);
              millis += nanos / MILLI;
            }
          }
          case STOP_OR_CONT -> {
            stopped = !stopped;
            if (stopped) {
              qemu.stop();
              ours.stop();
              loop.stop();
            } else {
              qemu.cont();
              ours.cont();
              loop.cont();
            }
          }
        }
        balance += compare(reference, subject, loop, step);
      }
    }
  }

  /** Compares all three, and returns how many bytes they have asked for. */
  private static int compare(Side reference, Side subject, QuotaLoop loop, Step step) {
    steps++;
    List<Integer> asked = reference.device.supply().takeRequests();
    assertEquals(asked, subject.device.supply().takeRequests(), () -> "asked at " + step);
    List<Integer> units = new ArrayList<>();
    loop.takeRequests().forEach(size -> units.addAll(EgdUnits.of(size)));
    assertEquals(asked, units, () -> "the bare loop asked at " + step);
    int before = reference.used;
    List<byte[]> completed = reference.takeCompleted();
    List<byte[]> ours = subject.takeCompleted();
    assertEquals(lengths(completed), lengths(ours), () -> "completed at " + step);
    for (int i = 0; i < completed.size(); i++) {
      assertArrayEquals(completed.get(i), ours.get(i), () -> "bytes at " + step);
    }
    assertEquals(
        lengths(completed),
        loop.completed().subList(before, loop.completed().size()),
        () -> "the bare loop completed at " + step);
    return asked.stream().mapToInt(Integer::intValue).sum();
  }

  private static List<Integer> lengths(List<byte[]> buffers) {
    return buffers.stream().map(bytes -> bytes.length).toList();
  }

  @Property(tries = 20, seed = "2", edgeCases = EdgeCasesMode.NONE)
  @Label("should charge what the source gave, when that is less than it was asked for")
  void shortAnswers(@ForAll("stories") Story story) {
    try (QemuDevice qemu = builder(story.quota()).fedByFifo().start()) {
      Side reference = new Side(qemu);
      QuotaLoop loop = new QuotaLoop(story.quota(), true);
      loop.start();
      int given = 0;
      for (Step step : story.steps()) {
        int amount = step.amount();
        switch (step.kind()) {
          case POST -> {
            if (reference.hasRoom()) {
              reference.post(amount);
              loop.post(amount);
            }
          }
          case DELIVER, ANSWER -> {
            if (given < 60_000) { // what a FIFO holds
              given += amount;
              reference.deliver(amount);
              loop.deliver(amount);
            }
          }
          case MILLIS, MICROS -> {
            boolean single = step.kind() == Step.Kind.MILLIS;
            for (int i = 0; i < (single ? amount : 1); i++) {
              long nanos = single ? MILLI : amount * 1000L;
              qemu.advanceClock(Duration.ofNanos(nanos));
              // What a FIFO holds is read between two timers.
              qemu.machine().qtest().turns(4 * RING);
              loop.advance(nanos);
            }
          }
          case KICK, STOP_OR_CONT -> {
            // Requests that nobody fills any more, and what is dropped, are told apart above.
          }
        }
        // One answer a turn, for at most as many as there are buffers, twice over.
        qemu.machine().qtest().turns(4 * RING);
        int before = reference.used;
        assertEquals(
            lengths(reference.takeCompleted()),
            loop.completed().subList(before, loop.completed().size()),
            () -> "completed at " + step);
        steps++;
      }
    }
  }

  @Property(tries = 15, seed = "3", edgeCases = EdgeCasesMode.NONE)
  @Label("should, without QEMU's defects, serve a driver with one large buffer the same")
  void strictWindow(@ForAll("stories") Story story) {
    Quota quota = story.quota();
    try (DeviceUnderTest qemu = start(quota);
        DeviceUnderTest ours = PciDevice.strict().quota(quota).start()) {
      Side reference = new Side(qemu);
      Side subject = new Side(ours);
      // QEMU's first window begins with DRIVER_OK, ours with the first request.
      qemu.advanceClock(Duration.ofMillis(quota.periodMillis()));
      for (Step step : story.steps()) {
        boolean moves = step.kind() == Step.Kind.MILLIS;
        if (step.kind() == Step.Kind.POST && reference.posted == reference.used) {
          // What is small, ours returns full or not at all.
          reference.post(256 + step.amount());
          subject.post(256 + step.amount());
          answerAtOnce(reference, subject, step);
        }
        for (int i = 0; moves && i < step.amount(); i++) {
          qemu.advanceClock(Duration.ofMillis(1));
          ours.advanceClock(Duration.ofMillis(1));
          millis++;
          answerAtOnce(reference, subject, step);
        }
      }
    }
  }

  private static void answerAtOnce(Side reference, Side subject, Step step) {
    steps++;
    for (Side side : List.of(reference, subject)) {
      int asked = sum(side.device.supply().takeRequests());
      while (asked > 0) {
        side.deliver(asked);
        asked = sum(side.device.supply().takeRequests());
      }
    }
    List<byte[]> expected = reference.takeCompleted();
    List<byte[]> actual = subject.takeCompleted();
    assertEquals(lengths(expected), lengths(actual), () -> "completed at " + step);
  }

  private static int sum(List<Integer> counts) {
    return counts.stream().mapToInt(Integer::intValue).sum();
  }

  @Example
  @Label("should, strictly kept, hold where QEMU's is lifted by answers to one buffer asked thrice")
  void negativeQuota() {
    assertEquals(List.of(3, 64 + 64), served(start(new Quota(100, 1000))));
    assertEquals(List.of(1, 64), served(PciDevice.strict().quota(new Quota(100, 1000)).start()));
  }

  /** Three kicks for one buffer, then another: how often was asked, and how much served. */
  private static List<Integer> served(DeviceUnderTest device) {
    try (device) {
      Side side = new Side(device);
      side.post(64);
      side.driver.kick();
      side.driver.kick();
      List<Integer> asked = device.supply().takeRequests();
      side.deliver(sum(asked));
      side.post(64);
      side.deliver(sum(device.supply().takeRequests()));
      return List.of(asked.size(), sum(lengths(side.takeCompleted())));
    }
  }

  @Example
  @Label("should, strictly kept, charge a late answer to the window of its grant")
  void lateAnswer() {
    Quota quota = new Quota(400, 10);
    try (DeviceUnderTest qemu = start(quota)) {
      qemu.advanceClock(Duration.ofMillis(10));
      assertEquals(100, leftAfterLateAnswer(qemu));
    }
    try (DeviceUnderTest ours = PciDevice.strict().quota(quota).start()) {
      assertEquals(400, leftAfterLateAnswer(ours));
    }
  }

  /** A request of 300 is answered when its window is over; how much the next may ask for. */
  private static int leftAfterLateAnswer(DeviceUnderTest device) {
    Side side = new Side(device);
    side.post(300);
    device.advanceClock(Duration.ofMillis(11));
    side.deliver(300);
    assertEquals(List.of(300), lengths(side.takeCompleted()));
    List<Integer> unused = device.supply().takeRequests();
    side.post(400);
    return sum(device.supply().takeRequests());
  }

  @Example
  @Label("should be refused with QEMU's words")
  void refusals() {
    String[][] refused = {
      {"0", "1"},
      {"-1", "1"},
      {"9223372036854775808", "1"},
      {"18446744073709551616", "1"},
      {"1k", "1"},
      {"", "1"},
      {"1", "0"},
      {"1", "-1"},
      {"1", "4294967296"},
      {"1", "abc"},
    };
    for (String[] numbers : refused) {
      String theirs =
          assertThrows(
                  QemuStartException.class,
                  () ->
                      QemuDevice.of(Qemus.newest())
                          .property("max-bytes", numbers[0])
                          .property("period", numbers[1])
                          .start()
                          .close())
              .getMessage();
      String ours =
          assertThrows(IllegalArgumentException.class, () -> Quota.parse(numbers[0], numbers[1]))
              .getMessage();
      String words = ours.substring(0, ours.indexOf(';'));
      assertTrue(theirs.contains(": " + words), () -> theirs + "\n" + ours);
    }
  }

  @AfterContainer
  static void report() {
    System.out.println(steps + " steps and " + millis + " ms compared with QEMU's quota");
  }

  private static QemuDevice.Builder builder(Quota quota) {
    return QemuDevice.of(Qemus.newest())
        .property("max-bytes", Long.toString(quota.maxBytes()))
        .property("period", Long.toString(quota.periodMillis()));
  }

  private static QemuDevice start(Quota quota) {
    return builder(quota).start();
  }

  @Provide
  Arbitrary<Story> stories() {
    Arbitrary<Long> bytes =
        Arbitraries.frequencyOf(
            Tuple.of(3, Arbitraries.longs().between(1, 300)),
            Tuple.of(3, Arbitraries.longs().between(300, 3000)),
            Tuple.of(1, Arbitraries.of(Quota.DEFAULT_MAX_BYTES, 1L << 32, 65_536L)));
    Arbitrary<Long> periods =
        Arbitraries.frequencyOf(
            Tuple.of(4, Arbitraries.longs().between(1, 20)),
            Tuple.of(1, Arbitraries.longs().between(20, 60)));
    return Combinators.combine(
            Combinators.combine(bytes, periods).as(Quota::new),
            step().list().ofMinSize(30).ofMaxSize(60))
        .as(Story::new);
  }

  private static Arbitrary<Step> step() {
    return Arbitraries.frequencyOf(
        Tuple.of(10, step(Step.Kind.POST, 600)),
        Tuple.of(2, step(Step.Kind.KICK, 1)),
        Tuple.of(3, step(Step.Kind.DELIVER, 500)),
        Tuple.of(7, step(Step.Kind.ANSWER, 700)),
        Tuple.of(7, step(Step.Kind.MILLIS, 30)),
        Tuple.of(2, step(Step.Kind.MICROS, 2500)),
        Tuple.of(1, step(Step.Kind.STOP_OR_CONT, 1)));
  }

  private static Arbitrary<Step> step(Step.Kind kind, int most) {
    return Arbitraries.integers().between(1, most).map(amount -> new Step(kind, amount));
  }
}

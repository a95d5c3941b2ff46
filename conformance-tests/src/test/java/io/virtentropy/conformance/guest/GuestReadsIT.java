package io.virtentropy.conformance.guest;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.conformance.guest.GuestAgent.Reply;
import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.conformance.qemu.Qemus;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.device.DeviceCounter;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * An unmodified Debian kernel reads {@code /dev/hwrng} from our device over vhost-user, under QEMU.
 * The source counts, so every word that reaches the guest says when it was delivered.
 */
@DisplayName("A real Linux guest")
@Timeout(
    value = 15,
    unit = TimeUnit.MINUTES) // a hang is a failure; nothing is asserted of the time
class GuestReadsIT {
  private static final int ENOUGH = 64 * 1024;
  private static final int WINDOW = 64;

  /**
   * What the guest and our counters say of the device.
   *
   * @param chains of our counters, as are the next two
   * @param status what the guest says, a moment earlier
   */
  private record Account(long chains, long bytes, long interrupts, Reply status) {
    /** How often it is looked for one that balances. */
    private static final int LOOKS = 1000;

    /**
     * The driver asks for its next window in advance, and that may be under way at any time; a
     * moment later it is in all the books.
     *
     * @param atLeast how many bytes it has to have come to
     */
    static Account of(RealGuest guest, long atLeast) throws IOException {
      Account account = of(guest);
      for (int look = 1; look < LOOKS && !account.balances(atLeast); look++) {
        account = of(guest);
      }
      return account;
    }

    private static Account of(RealGuest guest) throws IOException {
      Reply status = guest.agent().status();
      return new Account(
          guest.counter(DeviceCounter.CHAINS),
          guest.counter(DeviceCounter.BYTES),
          guest.counter(DeviceCounter.INTERRUPTS),
          status);
    }

    private boolean balances(long atLeast) {
      return WINDOW * chains == bytes
          && interrupts == chains
          && taken() == chains
          && bytes >= atLeast;
    }

    private long taken() {
      return Long.parseLong(status.value("interrupts"));
    }

    void assertBalanced() {
      assertEquals(WINDOW * chains, bytes, "Linux asks for 64 bytes at a time");
      assertEquals(chains, interrupts, "one interrupt per request");
      assertEquals(chains, taken(), "interrupts that the guest has taken");
    }
  }

  /** Reads of one size, so many that the kernel's window is empty again at the end. */
  private static void read(GuestAgent agent, int size, HwrngWindow window, CounterStream stream)
      throws IOException {
    int count = ENOUGH / size + 1;
    while ((long) count * size % WINDOW != 0) {
      count++;
    }
    Reply reply = agent.read(size, count);
    assertEquals(count * size, reply.bytes().length);
    stream.accept(window.accept(reply.bytes(), size));
    assertEquals(0, window.left());
  }

  @Test
  @DisplayName("should read every word once and in order, by reads of 1, 37, 64 and 4096 bytes")
  void readsInOrder() throws IOException {
    try (RealGuest guest = new RealGuest(new CounterBackend(1))) {
      HwrngWindow window = new HwrngWindow();
      CounterStream stream = new CounterStream();
      for (int size : new int[] {64, 1, 37, 4096}) {
        read(guest.agent(), size, window, stream);
      }
      assertTrue(stream.words() * Long.BYTES >= 4 * ENOUGH);
      assertEquals(0, stream.gaps(), "words were lost between device and reader");
    }
  }

  @Test
  @DisplayName("should read on in order when its driver was unbound and bound again")
  void readsAfterRebinding() throws IOException {
    try (RealGuest guest = new RealGuest(new CounterBackend(1))) {
      HwrngWindow window = new HwrngWindow();
      CounterStream stream = new CounterStream();
      read(guest.agent(), 64, window, stream);
      long before = stream.last();
      guest.agent().unbind();
      assertEquals("none", guest.agent().status().value("driver"));
      guest.agent().bind();
      assertEquals("virtio_rng", guest.agent().status().value("driver"));
      read(guest.agent(), 64, window, stream);
      assertTrue(stream.last() > before);
      // What was prefetched before, and what the driver's probe takes, never reach the reader.
      assertTrue(stream.gaps() <= 1, () -> stream.gaps() + " gaps");
    }
  }

  @Test
  @DisplayName("should agree with our counters on its interrupts and bytes after 1 MiB")
  void agreesWithTheCounters() throws IOException {
    long total = 1 << 20;
    try (RealGuest guest = new RealGuest(new CounterBackend(1))) {
      guest.agent().drain(total, 4096);
      Account account = Account.of(guest, total + WINDOW);
      Reply status = account.status();
      assertEquals("virtio_rng.0", status.value("rng_current"));
      assertEquals("virtio_rng.0", status.value("rng_available"));
      assertEquals("off", status.value("fillthread"));

      account.assertBalanced();
      // Beyond what the reader got: what the driver holds in advance, and what its probe took.
      long ahead = account.bytes() - total;
      assertTrue(
          ahead == WINDOW || ahead == 2 * WINDOW, () -> ahead + " bytes more than the guest read");
      assertEquals(0, guest.counter(DeviceCounter.FAULTS));
      assertEquals(0, guest.counter(DeviceCounter.EMPTY_CHAINS));
    }
  }

  /** Linux's driver then shares the level-triggered line of its PCI slot with whoever is there. */
  @Test
  @DisplayName("should read in order with the line of its slot for an interrupt, without MSI-X")
  void readsWithoutMessages() throws IOException {
    List<String> options = List.of("--append", "pci=nomsi");
    try (RealGuest guest = new RealGuest(new CounterBackend(1), RateLimiter.unlimited(), options)) {
      readsAndAgrees(guest);
      String lines = new String(guest.agent().call("sh cat /proc/interrupts").bytes(), US_ASCII);
      assertTrue(lines.contains("IO-APIC"), lines);
      assertTrue(
          lines.lines().anyMatch(line -> line.contains("fasteoi") && line.contains("virtio0")),
          lines);
    }
  }

  static List<QemuBinary> newerQemus() {
    List<QemuBinary> all = Qemus.all();
    return all.subList(1, all.size());
  }

  @ParameterizedTest
  @MethodSource("newerQemus")
  @DisplayName("should read in order under a newer QEMU than the machine's")
  void readsUnderNewerQemus(QemuBinary qemu) throws IOException {
    List<String> options = List.of("--qemu", qemu.path().toString());
    try (RealGuest guest = new RealGuest(new CounterBackend(1), RateLimiter.unlimited(), options)) {
      readsAndAgrees(guest);
    }
  }

  private static void readsAndAgrees(RealGuest guest) throws IOException {
    HwrngWindow window = new HwrngWindow();
    CounterStream stream = new CounterStream();
    for (int size : new int[] {64, 37, 4096}) {
      read(guest.agent(), size, window, stream);
    }
    assertEquals(0, stream.gaps(), "words were lost between device and reader");
    Account account = Account.of(guest, 3 * ENOUGH);
    assertEquals("virtio_rng.0", account.status().value("rng_current"));
    account.assertBalanced();
    assertEquals(0, guest.counter(DeviceCounter.FAULTS));
  }

  @Test
  @DisplayName("should read on under a limit that is no multiple of what its driver asks for")
  void readsUnderALimit() throws IOException {
    // QEMU's device ends a quota inside a request; this kernel's driver then never asks again.
    // It is less than any guest reads, on the slowest machine too.
    RateLimiter limiter = new QuotaWindow(new Quota(100, 50), NanoClock.system());
    try (RealGuest guest = new RealGuest(new CounterBackend(1), limiter)) {
      CounterStream stream = new CounterStream();
      stream.accept(guest.agent().read(WINDOW, 64).bytes());
      assertEquals(0, stream.gaps());
      assertTrue(guest.counter(DeviceCounter.THROTTLED) > 0);
      Account.of(guest, 64 * WINDOW).assertBalanced();
    }
  }
}

package io.virtentropy.examples.kvmvmm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.VmEntropy;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A machine's device and its instructions")
final class SharedLimitTest {
  private static final long BUFFER = 0x8000;

  private final ManualClock clock = new ManualClock();

  /** 100 bytes per millisecond for both together. */
  private final QuotaWindow limiter = new QuotaWindow(new Quota(100, 1), clock);

  private final RegionMemory memory =
      RegionMemory.of(
          RegionMemory.Sharing.SINGLE_THREADED,
          0,
          ByteBuffer.allocateDirect(GuestLayout.RAM_BYTES));

  @Test
  @DisplayName("should draw on one allowance, each waiting in its own way")
  void together() {
    VmEntropy numbers = VmEntropy.builder(new CounterBackend(1)).limiter(limiter).build();
    try (MmioTransport device =
        new MmioTransport(
            VirtioRngDevice.builder(memory, new CounterBackend(1)).limiter(limiter).clock(clock),
            asserted -> {})) {
      MmioRngDriver driver = MmioRngDriver.bind(memory, device, 0, 8);
      SplitRingDriver ring = driver.ring();
      assertTrue(draws(numbers), "8 of 100");
      ring.post(BUFFER, 64);
      driver.kick();
      assertTrue(ring.reap(), "72 of 100");
      assertEquals(64, ring.reapedLength());
      assertTrue(draws(numbers));
      assertTrue(draws(numbers));
      assertTrue(draws(numbers), "96 of 100");
      assertFalse(draws(numbers), "four bytes are no long number");
      ring.post(BUFFER, 64);
      driver.kick();
      assertFalse(ring.reap(), "nor a whole request");
      clock.advance(1_000_000);
      device.poll();
      assertTrue(ring.reap(), "the request has waited");
      assertEquals(64, ring.reapedLength());
      assertTrue(draws(numbers));
      assertEquals(
          100 - 64 - 8,
          limiter.acquireUpTo(1000),
          "no byte was charged twice, and none given away");
    }
  }

  private static boolean draws(VmEntropy numbers) {
    numbers.next(Grade.RANDOM, 8);
    return numbers.outcome() == Outcome.DELIVERED;
  }
}

package io.virtentropy.vhostuser;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.virtio.driver.SplitRingDriver;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The way of a request")
final class HotPathTest {
  private static final int REQUESTS = 20_000;

  @ParameterizedTest
  @ValueSource(longs = {0, 100_000})
  @DisplayName("should allocate nothing, from kick to call")
  void allocatesNothing(long spin) {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (Rig rig = new Rig(builder -> builder.spinNanos(spin), 1);
        SharedRam ram = Rig.ram();
        FrontEnd vm = rig.connect()) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 8);
      long wait = spin == 0 ? 0 : 1_000_000;
      requests(rig, vm, ring, wait);
      long before = threads.getCurrentThreadAllocatedBytes();
      requests(rig, vm, ring, wait);
      long allocated = threads.getCurrentThreadAllocatedBytes() - before;
      // The two readings themselves, and what the JIT's deoptimisations may cost, not requests.
      assertTrue(allocated < REQUESTS, () -> allocated + " bytes for " + REQUESTS + " requests");
    }
  }

  private static void requests(Rig rig, FrontEnd vm, SplitRingDriver ring, long wait) {
    for (int i = 0; i < REQUESTS; i++) {
      ring.post(Rig.BUFFERS, 64);
      if (ring.publish()) {
        vm.kick();
      }
      ring.expectInterrupt();
      while (!ring.reap()) {
        rig.server.poll(wait);
      }
      vm.called();
    }
  }
}

package io.virtentropy.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.virtio.driver.SplitRingDriver;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A source that is slow")
final class SlowSourceTest {

  /** Completes when it is told to. */
  private static final class Held implements EntropyBackend {
    final ArrayDeque<EntropyRequest> waiting = new ArrayDeque<>();
    final CounterBackend bytes = new CounterBackend(1);
    boolean stubborn;

    @Override
    public int fill(ByteBuffer target, int index, int length) {
      return 0;
    }

    @Override
    public void submit(EntropyRequest request) {
      waiting.add(request);
    }

    @Override
    public void cancel(EntropyRequest request) {
      if (!stubborn && waiting.remove(request)) {
        request.forget();
      }
    }

    void complete() {
      EntropyRequest request = waiting.remove();
      if (request.claim()) {
        request.complete(bytes.fill(request.target(), 0, request.length()));
      }
    }

    @Override
    public void close() {}
  }

  @Test
  @DisplayName("should not hold up GET_VRING_BASE, nor be heard afterwards (MIST-58, VU-RING-09)")
  void stopWhilePending() {
    Held source = new Held();
    try (Rig rig = new Rig(source);
        SharedRam ram = Rig.ram();
        FrontEnd vm = rig.connect()) {
      SplitRingDriver ring = vm.boot(ram, Rig.RING, 4);
      rig.request(vm, ring, Rig.BUFFERS, 64);
      rig.request(vm, ring, Rig.BUFFERS + 64, 64);
      source.complete();
      rig.settle();
      assertTrue(ring.reap());
      assertTrue(vm.called());
      rig.request(vm, ring, Rig.BUFFERS + 128, 64);
      source.stubborn = true;
      assertEquals(1, vm.getVringBase(), "the first that was not completed");
      source.complete();
      source.complete();
      rig.settle();
      assertFalse(ring.reap());
      assertFalse(vm.called());
      assertEquals(0, ram.memory().loadLong(Rig.BUFFERS + 64), "nothing was written");
      vm.setVringKick();
      rig.settle();
      source.complete();
      source.complete();
      rig.settle();
      assertTrue(ring.reap());
      assertEquals(1, ring.reapedHead());
      assertTrue(ring.reap());
    }
  }

  @Test
  @DisplayName("should not hold up the end of a connection, nor write into the next guest")
  void leaveWhilePending() {
    Held source = new Held();
    source.stubborn = true;
    try (Rig rig = new Rig(source);
        SharedRam ram = Rig.ram()) {
      for (int life = 0; life < 20; life++) {
        try (FrontEnd vm = rig.connect()) {
          SplitRingDriver ring = vm.boot(ram, Rig.RING, 8);
          rig.request(vm, ring, Rig.BUFFERS, 64);
        }
        rig.settle();
      }
      assertTrue(source.waiting.size() <= 8, () -> source.waiting.size() + " are held");
      while (!source.waiting.isEmpty()) {
        source.complete();
      }
      assertEquals(0, ram.memory().loadLong(Rig.BUFFERS));
    }
  }

  /** Completes from a thread of its own. */
  private static final class Threaded implements EntropyBackend {
    private final BlockingQueue<EntropyRequest> waiting = new LinkedBlockingQueue<>();
    private final CounterBackend bytes = new CounterBackend(1);
    private final Thread thread = new Thread(this::run);

    Threaded() {
      thread.start();
    }

    private void run() {
      try {
        while (true) {
          EntropyRequest request = waiting.take();
          if (request.claim()) {
            request.complete(bytes.fill(request.target(), 0, request.length()));
          }
        }
      } catch (InterruptedException e) {
        // The end of the test.
      }
    }

    @Override
    public int fill(ByteBuffer target, int index, int length) {
      return 0;
    }

    @Override
    public void submit(EntropyRequest request) {
      waiting.add(request);
    }

    @Override
    public void close() {
      thread.interrupt();
    }
  }

  @Test
  @DisplayName("should wake the server that sleeps, and every byte arrive once and in order")
  void otherThread() throws Exception {
    for (long spin : new long[] {0, 50_000}) {
      Threaded source = new Threaded();
      Rig rig = new Rig(builder -> builder.source(source).spinNanos(spin), 1);
      VhostUserRunner runner = new VhostUserRunner(rig.server);
      Thread thread = new Thread(runner);
      thread.start();
      try (SharedRam ram = Rig.ram();
          FrontEnd vm = FrontEnd.connect(rig.path)) {
        SplitRingDriver ring = vm.boot(ram, Rig.RING, 8);
        long word = 1;
        for (int i = 0; i < 2000; i++) {
          for (int b = 0; b < 1 + i % 8; b++) {
            ring.post(Rig.BUFFERS + 64L * b, 64);
          }
          if (ring.publish()) {
            vm.kick();
          }
          for (int b = 0; b < 1 + i % 8; b++) {
            while (!ring.reap()) {
              if (!ring.expectInterrupt()) {
                vm.awaitCall(Long.MAX_VALUE);
              }
            }
            assertEquals(64, ring.reapedLength());
            assertEquals(word, ram.memory().loadLong(Rig.BUFFERS + 64L * b));
            word += 8;
          }
          if (i % 100 == 99) {
            int base = vm.getVringBase();
            assertEquals(ring.usedIndex(), base);
            vm.setVringKick();
          }
        }
      } finally {
        runner.stop();
        thread.join();
        source.close();
        rig.close();
      }
    }
  }
}

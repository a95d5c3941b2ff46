package io.virtentropy.virtio.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

@Label("A session of a driver, saved and restored between any two of its actions")
final class SaveRestoreProperties {
  enum Op {
    POST,
    NOTIFY,
    REAP,
    ACK,
    SUPPRESS,
    EXPECT,
    REQUEUE,
    REBIND
  }

  record Action(Op op, int number) {}

  @Provide
  Arbitrary<List<Action>> actions() {
    return Combinators.combine(Arbitraries.of(Op.values()), Arbitraries.integers().between(0, 300))
        .as(Action::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(40);
  }

  /** One side: a device that may be replaced by its restored twin, and what its guest saw. */
  private static final class Session {
    final CounterBackend source = new CounterBackend(1);
    DeviceBench bench =
        new DeviceBench(QueueBench.ram(), source, new ManualClock(), RateLimiter.unlimited(), 8);
    final SplitRingDriver ring;
    DeviceBench current;
    final List<String> seen = new ArrayList<>();

    Session() {
      bench.bind();
      ring = bench.ring();
      current = bench;
    }

    void replaceByTwin() {
      byte[] saved = current.mmio.save();
      DeviceBench twin =
          new DeviceBench(bench.memory, source, new ManualClock(), RateLimiter.unlimited(), 8);
      twin.mmio.restore(saved);
      assertArrayEquals(saved, twin.mmio.save());
      assertEquals(List.of(), twin.line);
      current = twin;
    }

    void act(Action action) {
      switch (action.op()) {
        case POST -> {
          if (ring.freeDescriptors() > 0) {
            ring.post(QueueBench.BUFFERS + 1000L * (action.number() % 7), action.number());
          }
        }
        case NOTIFY -> {
          seen.add("kick wanted " + ring.publish());
          current.write(MmioLayout.QUEUE_NOTIFY, 0);
        }
        case REAP -> {
          while (ring.reap()) {
            seen.add("used " + ring.reapedHead() + " " + ring.reapedLength());
          }
        }
        case ACK -> current.write(MmioLayout.INTERRUPT_ACK, action.number() & 3);
        case SUPPRESS -> ring.suppressInterrupts();
        case EXPECT -> seen.add("more " + ring.expectInterrupt());
        case REQUEUE -> {
          current.write(MmioLayout.QUEUE_READY, 0);
          current.write(MmioLayout.QUEUE_READY, 1);
        }
        case REBIND -> seen.add("status " + current.read(MmioLayout.STATUS));
      }
      while (current.mmio.poll()) {
        // as an embedder does; a restored device looks at its queue here
      }
      StringBuilder registers = new StringBuilder();
      for (int at = 0; at < MmioLayout.CONFIG; at += 4) {
        registers.append(current.read(at)).append(' ');
      }
      seen.add(registers.toString());
    }
  }

  @Property(tries = 150)
  @Label("should look to the guest like one that was never interrupted")
  void sameAsWithout(@ForAll("actions") List<Action> actions) {
    Session plain = new Session();
    Session saved = new Session();
    for (Action action : actions) {
      plain.act(action);
      saved.replaceByTwin();
      saved.act(action);
      assertEquals(plain.seen, saved.seen);
    }
    for (long at = QueueBench.RING; at < QueueBench.RING + 512; at += 8) {
      assertEquals(plain.bench.memory.loadLong(at), saved.bench.memory.loadLong(at));
    }
    for (long at = QueueBench.BUFFERS; at < QueueBench.BUFFERS + 7000; at += 8) {
      assertEquals(plain.bench.memory.loadLong(at), saved.bench.memory.loadLong(at));
    }
  }
}

package io.virtentropy.virtio.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.driver.ChainPiece;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/** The specification's device and QEMU's, on the same memory, for tests that compare them. */
abstract class TwoDevices {
  /** Flags of a descriptor. */
  static final int NEXT = 1;

  static final int WRITE = 2;
  static final int INDIRECT = 4;

  /** Where tables of chains are put. */
  static final long TABLE = QueueBench.TABLES;

  /** In nanoseconds. */
  static final long MILLIS = 1_000_000;

  final GuestMemory memory = QueueBench.ram();
  final ManualClock clock = new ManualClock();
  final OnDemandSource strictSource = new OnDemandSource();
  final OnDemandSource qemuSource = new OnDemandSource();
  final PciBench strict = strict(RateLimiter.unlimited());
  final PciBench qemu = qemu(QemuVersion.V11_1, Quota.DEFAULT);

  final PciBench strict(RateLimiter limiter) {
    return new PciBench(
        memory, VirtioRngDevice.builder(memory, strictSource).limiter(limiter).clock(clock));
  }

  final PciBench qemu(QemuVersion version, Quota quota) {
    return new PciBench(
        memory,
        QemuRngDevice.builder(memory, qemuSource).version(version).quota(quota).clock(clock));
  }

  final OnDemandSource source(PciBench bench) {
    return bench == qemu ? qemuSource : strictSource;
  }

  /** Completes everything at the source until nothing more is asked for, a few times at most. */
  final void answerAll(PciBench bench, OnDemandSource source) {
    for (int i = 0; i < 8 && source.waiting() > 0; i++) {
      source.complete();
      bench.pci.poll();
    }
  }

  /** What becomes of one offered ring: its used length, -1 for a fault, -2 if it waits. */
  final int fate(PciBench bench, Consumer<SplitRingDriver> offer) {
    bench.bind();
    offer.accept(bench.ring());
    bench.driver().notifyDevice();
    answerAll(bench, source(bench));
    if (bench.status() == 0x4f) {
      return -1;
    }
    if (bench.ring().usedIndex() == 0) {
      return -2;
    }
    return memory.loadInt(bench.ring().usedRing() + 4 + 4);
  }

  final void expectFates(int strictly, int likeQemu, Consumer<SplitRingDriver> offer) {
    assertEquals(strictly, fate(strict, offer), "the specification's device");
    assertEquals(likeQemu, fate(qemu, offer), "QEMU's device");
  }

  final void expect(long strictly, long likeQemu, ToIntFunction<PciBench> look) {
    assertEquals((int) strictly, look.applyAsInt(strict), "the specification's device");
    assertEquals((int) likeQemu, look.applyAsInt(qemu), "QEMU's device");
  }

  static Consumer<SplitRingDriver> chain(ChainPiece... pieces) {
    return ring -> {
      ring.post(List.of(pieces));
      ring.publish();
    };
  }

  static void offerHead(SplitRingDriver ring) {
    ring.rawAvailEntry(0, 0);
    ring.rawAvailIndex(1);
  }

  static void negotiate(PciBench bench, long features) {
    bench.setStatus(3);
    bench.setCommon(8, 0, 4);
    bench.setCommon(0xc, features & 0xffff_ffffL, 4);
    bench.setCommon(8, 1, 4);
    bench.setCommon(0xc, features >>> 32, 4);
    bench.setStatus(0xb);
  }
}

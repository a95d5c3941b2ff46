package io.virtentropy.virtio.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.bench.SpyMemory.Access;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.nio.ByteBuffer;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;

/** A guest that writes anything anywhere: bounded work, no exception, nothing written elsewhere. */
@Label("A hostile ring")
final class HostileRingProperties {
  private static final int QUEUE = 8;
  private static final int RING_BYTES = (int) SplitRingDriver.bytes(QUEUE);
  private static final int SMALL_RAM = 4096;

  private static DeviceBench bench(SpyMemory spy, EntropyBackend source) {
    return new DeviceBench(spy, source, new ManualClock(), RateLimiter.unlimited(), QUEUE)
        .bind(QUEUE, -1L);
  }

  /** What the guest lets the device do, with a bound on its work. */
  private static void run(DeviceBench bench, SpyMemory spy) {
    spy.forget();
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    int most = 16 * 3 * QUEUE + 16 * QUEUE * 64 + 100;
    assertTrue(spy.accesses().size() <= most, () -> spy.accesses().size() + " accesses");
    for (int i = 0; i < 5 && bench.mmio.poll(); i++) {
      // bounded too
    }
  }

  @Property(tries = 3000)
  @Label("of random bytes does no harm, whatever lies over what (MIST-46)")
  void randomBytes(@ForAll long seed, @ForAll boolean slow, @ForAll boolean plausibleIndex) {
    Random random = new Random(seed);
    RegionMemory ram =
        RegionMemory.of(
            RegionMemory.Sharing.SINGLE_THREADED, QueueBench.RAM, ByteBuffer.allocate(SMALL_RAM));
    SpyMemory spy = new SpyMemory(ram);
    OnDemandSource onDemand = new OnDemandSource();
    DeviceBench bench = bench(spy, slow ? onDemand : new CounterBackend(1));
    for (int round = 0; round < 3; round++) {
      byte[] bytes = new byte[SMALL_RAM];
      random.nextBytes(bytes);
      ram.write(QueueBench.RAM, ByteBuffer.wrap(bytes), 0, bytes.length);
      if (plausibleIndex) {
        int next = round == 0 ? 0 : bench.ring().nextAvail();
        bench.ring().rawAvailIndex(next + 1 + random.nextInt(QUEUE));
      }
      run(bench, spy);
      while (onDemand.waiting() > 0) {
        onDemand.complete();
        bench.mmio.poll();
      }
    }
    bench.bind(QUEUE, -1L);
    assertEquals(0x0f, bench.read(MmioLayout.STATUS), "a reset revives it");
  }

  @Provide
  Arbitrary<long[]> descriptors() {
    Arbitrary<Long> buffer =
        Arbitraries.longs().between(QueueBench.BUFFERS, QueueBench.BUFFERS + 500);
    Arbitrary<Long> table =
        Arbitraries.integers().between(0, 7).map(i -> QueueBench.TABLES + 16L * i);
    Arbitrary<Long> edge =
        Arbitraries.longs().between(-70, 70).map(i -> QueueBench.RAM + QueueBench.RAM_BYTES + i);
    Arbitrary<Long> address =
        Arbitraries.frequencyOf(
            Tuple.of(8, buffer),
            Tuple.of(3, table),
            Tuple.of(1, edge),
            Tuple.of(1, Arbitraries.longs()));
    Arbitrary<Long> length =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.longs().between(0, 100)),
            Tuple.of(3, Arbitraries.longs().between(1, 8).map(i -> 16 * i)),
            Tuple.of(1, Arbitraries.longs().between(0, 0xffff_ffffL)));
    Arbitrary<Long> flags =
        Arbitraries.frequency(
            Tuple.of(4, 2L),
            Tuple.of(4, 3L),
            Tuple.of(2, 1L),
            Tuple.of(2, 4L),
            Tuple.of(1, 0L),
            Tuple.of(1, 7L));
    Arbitrary<Long> next =
        Arbitraries.frequencyOf(
            Tuple.of(9, Arbitraries.longs().between(0, QUEUE - 1)),
            Tuple.of(1, Arbitraries.longs().between(0, 0xffff)));
    return Combinators.combine(address, length, flags, next)
        .as((a, l, f, n) -> new long[] {a, l | f << 32 | n << 48});
  }

  @Property(tries = 3000)
  @Label(
      "of plausible descriptors has the device write to writable buffers and the used ring alone")
  void onlyWhereAllowed(
      @ForAll("descriptors") long[] d0,
      @ForAll("descriptors") long[] d1,
      @ForAll("descriptors") long[] d2,
      @ForAll("descriptors") long[] d3,
      @ForAll @Size(16) byte[] rest,
      @ForAll long seed) {
    RegionMemory ram = QueueBench.ram();
    SpyMemory spy = new SpyMemory(ram);
    DeviceBench bench = bench(spy, new CounterBackend(1));
    long[][] given = {d0, d1, d2, d3};
    Random random = new Random(seed);
    long[][] all = new long[2 * QUEUE][];
    for (int i = 0; i < QUEUE; i++) {
      all[i] = given[random.nextInt(4)].clone();
      all[QUEUE + i] = given[random.nextInt(4)].clone();
      write(ram, bench.ring().descriptorTable() + 16L * i, all[i]);
      write(ram, QueueBench.TABLES + 16L * i, all[QUEUE + i]);
      bench.ring().rawAvailEntry(i, rest[i] & (rest[i + QUEUE] > 120 ? 0xff : QUEUE - 1));
    }
    bench.ring().rawAvailIndex(1 + random.nextInt(QUEUE));
    run(bench, spy);
    long used = bench.ring().usedRing();
    for (Access write : spy.accesses()) {
      if (write.kind() == SpyMemory.Kind.WRITE) {
        boolean inUsedRing = write.address() >= used && write.address() < used + 6 + 8 * QUEUE;
        assertTrue(inUsedRing || inWritable(all, write), () -> "not allowed: " + write);
        if (write.touches(bench.ring().descriptorTable(), 16 * QUEUE)
            || write.touches(QueueBench.TABLES, 16 * QUEUE)) {
          break; // from here on the device obeys what it was told to write over the guest's tables
        }
      }
    }
    long sum = 0;
    for (int i = 0; i < bench.ring().usedIndex(); i++) {
      sum += Integer.toUnsignedLong(ram.loadInt(used + 4 + 8L * i + 4));
    }
    bench.counted.expectOnly(DeviceCounter.BYTES, sum);
    assertTrue(RING_BYTES < 0x1000);
  }

  private static void write(RegionMemory ram, long at, long[] descriptor) {
    ram.storeLong(at, descriptor[0]);
    ram.storeLong(at + 8, descriptor[1]);
  }

  private static boolean inWritable(long[][] all, Access write) {
    for (long[] descriptor : all) {
      long length = descriptor[1] & 0xffff_ffffL;
      boolean writable = (descriptor[1] >>> 32 & 2) != 0;
      long offset = write.address() - descriptor[0];
      if (writable && offset >= 0 && offset + write.length() <= length) {
        return true;
      }
    }
    return false;
  }
}

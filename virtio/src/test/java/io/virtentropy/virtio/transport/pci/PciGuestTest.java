package io.virtentropy.virtio.transport.pci;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.device.QemuRngDevice;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.PciRngDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest's driver over every identity, kind of device and kind of interrupt. */
@DisplayName("A guest on PCI")
class PciGuestTest {
  record Way(
      String name,
      BiFunction<GuestMemory, CounterBackend, RngDevice.Maker> device,
      PciIdentity identity,
      boolean express,
      boolean legacy,
      boolean messages) {
    @Override
    public String toString() {
      return name
          + " as "
          + identity
          + (express ? ", express" : "")
          + (legacy ? ", legacy driver" : ", modern driver")
          + (messages ? ", MSI-X" : ", INTA#");
    }

    PciBench bind(PciBench bench) {
      PciRngDriver.Setup setup = PciBench.setup();
      if (messages) {
        setup = setup.withMessagesTo(PciBench.MESSAGES);
      }
      return legacy ? bench.bindLegacy(setup) : bench.bind(setup);
    }

    PciBench bench(GuestMemory memory, CounterBackend source) {
      return new PciBench(memory, device.apply(memory, source), identity, express, 2);
    }
  }

  static List<Way> ways() {
    List<Way> ways = new ArrayList<>();
    for (QemuVersion version : new QemuVersion[] {null, QemuVersion.V7_2, QemuVersion.V11_1}) {
      for (PciIdentity identity : PciIdentity.values()) {
        for (int way = 0; way < 8; way++) {
          boolean express = (way & 1) != 0;
          boolean legacy = (way & 2) != 0;
          boolean possible =
              (!legacy || identity.hasLegacy())
                  && (legacy || identity.hasModern())
                  && (!express || identity.hasModern());
          if (possible) {
            ways.add(
                new Way(
                    version == null ? "specification" : version.name(),
                    (memory, source) ->
                        version == null
                            ? VirtioRngDevice.builder(memory, source)
                            : QemuRngDevice.builder(memory, source)
                                .version(version)
                                .clock(new ManualClock()),
                    identity,
                    express,
                    legacy,
                    (way & 4) != 0));
          }
        }
      }
    }
    return ways;
  }

  @ParameterizedTest
  @MethodSource("ways")
  @DisplayName("should read what the source gave, in order, with an interrupt each (RNG-03, -12)")
  void reads(Way way) {
    PciBench bench = way.bind(way.bench(QueueBench.ram(), new CounterBackend(1)));
    bench.takeEvents();
    for (int i = 0; i < 1000; i++) {
      bench.ring().expectInterrupt();
      bench.expectUsed(bench.request(DeviceBench.buffer(i % 8), 8), 8);
      assertEquals(i + 1, bench.memory.loadLong(DeviceBench.buffer(i % 8)));
      if (way.messages()) {
        assertEquals(List.of(PciBench.QUEUE_MESSAGE), bench.takeEvents());
      } else {
        assertEquals(List.of("raise"), bench.takeEvents());
        assertEquals(1, bench.driver().readIsr());
        assertEquals(List.of("lower"), bench.takeEvents());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  @DisplayName("should go on after being saved and restored, without an interrupt of its own")
  void restored(Way way) {
    CounterBackend source = new CounterBackend(1);
    GuestMemory memory = QueueBench.ram();
    PciBench old = way.bind(way.bench(memory, source));
    old.expectUsed(old.request(DeviceBench.buffer(0), 8), 8);
    old.ring().expectInterrupt();
    byte[] saved = old.pci.save();
    PciBench fresh = way.bench(memory, source);
    fresh.pci.restore(saved);
    fresh.pci.poll();
    assertEquals(List.of(), fresh.events);
    assertEquals(old.pci.interruptLevel(), fresh.pci.interruptLevel());
    for (int at = 0; at < fresh.pci.configLength(); at++) {
      assertEquals(old.pci.configRead(at, 1), fresh.pci.configRead(at, 1));
    }
    assertArrayEquals(saved, fresh.pci.save());
    int head = old.ring().post(DeviceBench.buffer(1), 8);
    old.ring().publish();
    if (way.legacy()) {
      fresh.setHeader(LegacyHeaderLayout.QUEUE_NOTIFY, 0, 2);
    } else {
      fresh.pci.barWrite(4, 0x3000, 0, 2);
    }
    old.expectUsed(head, 8);
    assertEquals(way.messages() ? List.of(PciBench.QUEUE_MESSAGE) : List.of(), fresh.events);
  }

  @ParameterizedTest
  @MethodSource("ways")
  @DisplayName("should survive any change of any byte of a saved state, or be refused untouched")
  void hostileSnapshot(Way way) {
    GuestMemory memory = QueueBench.ram();
    PciBench old = way.bind(way.bench(memory, new CounterBackend(1)));
    old.request(DeviceBench.buffer(0), 8);
    byte[] saved = old.pci.save();
    PciBench target = way.bench(memory, new CounterBackend(1));
    byte[] untouched = target.pci.save();
    for (int at = 0; at < saved.length; at += at < 400 ? 1 : 7) {
      byte[] changed = saved.clone();
      changed[at] ^= (byte) 0xa5;
      try {
        target.pci.restore(changed);
        target.pci.poll();
        target.pci.barWrite(4, 0x3000, 0, 2);
        target = way.bench(memory, new CounterBackend(1));
      } catch (IllegalArgumentException e) {
        assertArrayEquals(untouched, target.pci.save(), "byte " + at);
      }
    }
    PciBench last = target;
    for (int length = 0; length < saved.length; length += 1 + length / 50) {
      byte[] cut = Arrays.copyOf(saved, length);
      assertThrows(IllegalArgumentException.class, () -> last.pci.restore(cut));
    }
    byte[] mmio =
        new MmioTransport(way.device().apply(memory, new CounterBackend(1)), level -> {}).save();
    assertThrows(IllegalArgumentException.class, () -> last.pci.restore(mmio));
  }

  @ParameterizedTest
  @MethodSource("ways")
  @DisplayName("should do no harm whatever it writes wherever (PCI-LEG-16, MIST-19, MIST-46)")
  void hostileRegisters(Way way) {
    Random random = new Random(way.toString().hashCode());
    GuestMemory memory = QueueBench.ram();
    PciBench bench = way.bench(memory, new CounterBackend(1));
    int[] sizes = {1, 2, 4, 8};
    long[] values = {0, 1, 3, 7, 0xb, 0xf, -1, 0xffff, 0x8_0000, 0x8000_0000L, 8, 4, 0x40};
    for (int i = 0; i < 20_000; i++) {
      int size = sizes[random.nextInt(4)];
      long value = values[random.nextInt(values.length)];
      long offset = random.nextInt(0x44) + 0x1000L * random.nextInt(4);
      switch (random.nextInt(8)) {
        case 0 -> bench.pci.configWrite(random.nextInt(0x100), value, size);
        case 1 -> bench.pci.configRead(random.nextInt(0x1010) - 8, size);
        case 2 -> bench.pci.barWrite(0, random.nextInt(0x24), value, size);
        case 3 -> bench.pci.barRead(random.nextInt(8) - 1, random.nextInt(0x5000) - 9, size);
        case 4 -> bench.pci.barWrite(1, random.nextInt(0x30), value, size);
        case 5 -> bench.pci.barWrite(4, offset, value, size);
        case 6 -> bench.pci.barWrite(4, random.nextInt(0x3c), value, size);
        default -> {
          bench.pci.poll();
          memory.storeLong(QueueBench.RING + 8L * random.nextInt(600), random.nextLong());
        }
      }
    }
    bench.pci.reset();
    bench.takeEvents();
    way.bind(bench);
    bench.expectUsed(bench.request(DeviceBench.buffer(0), 8), 8);
    bench.pci.close();
    bench.pci.close();
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(1, bench.ring().usedIndex());
  }

  @Test
  @DisplayName("should refuse the other kind of device's state")
  void otherKind() {
    GuestMemory memory = QueueBench.ram();
    PciBench strict = new PciBench(memory, VirtioRngDevice.builder(memory, new CounterBackend(1)));
    PciBench qemu = new PciBench(memory, QemuRngDevice.builder(memory, new CounterBackend(1)));
    assertThrows(IllegalArgumentException.class, () -> strict.pci.restore(qemu.pci.save()));
    assertThrows(IllegalArgumentException.class, () -> qemu.pci.restore(strict.pci.save()));
  }
}

package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;

import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The entropy device (virtio 1.3 §5.4). */
final class EntropyChecks {
  private EntropyChecks() {}

  static List<Check> all() {
    List<Check> all = new ArrayList<>();
    all.addAll(bytes().checks());
    all.addAll(identity().checks());
    all.addAll(source().checks());
    return all;
  }

  private static Group bytes() {
    return new Group(Group.ALL)
        .add(
            "RNG-01",
            Strength.MUST,
            "5.4.6.2",
            "Put at least one random byte into each buffer that is used.",
            "Buffers that come back with length 0.",
            bench -> {
              for (int length : new int[] {1, 2, 64}) {
                Ring ring = bench.live();
                bench.expectUsed(ring, 0, 0, bench.request(ring, 0, length), length);
              }
            })
        .add(
            "RNG-02",
            Strength.DEFINED,
            "5.4.6.2",
            "Less than the whole buffer may be used; a driver that goes on gets the rest.",
            "What is left of a request after a short completion.",
            bench -> {
              Ring ring = bench.live();
              long sum = 0;
              for (int i = 0; sum < 3000; i++) {
                expect(i < 3000, "3000 requests, and only " + sum + " bytes");
                int head = i & (ring.size - 1);
                long unused = bench.request(ring, head, 1000);
                bench.expectIndex(ring, i + 1);
                sum += ring.usedLength(i);
              }
            })
        .add(
            "RNG-03",
            Strength.DEFINED,
            "5.4.6",
            "With a source that has enough, buffers are filled.",
            "Bounds on a request.",
            bench -> {
              Ring ring = bench.live();
              long unused = bench.request(ring, 0, 4096);
              bench.expectIndex(ring, 1);
              expect("used length", 4096, ring.usedLength(0));
            })
        .add(
            "RNG-08",
            Strength.DRIVER,
            "5.4.6.1",
            "A buffer with nothing to write does not end the service for good.",
            "Chains without a writable byte.",
            bench -> {
              Ring ring = bench.live();
              ring.descriptor(0, bench.paint(0), 64, 0, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectPainted(bench.buffer(0), 64, "the readable buffer");
              boolean error = (bench.registers.status() & 0x40) != 0;
              expect(
                  error || ring.usedIndex() == 1 || !bench.via.isModern(),
                  "the buffer stays on the queue without an error, and blocks those behind it");
              bench.expectLifeAfterReset();
            })
        .add(
            "RNG-09",
            Strength.DRIVER,
            "5.4.6.1, 2.7.8.2",
            "The used length counts bytes that were stored, and those alone.",
            "Buffers outside of memory, whose bytes go nowhere.",
            bench -> {
              Ring ring = bench.live();
              long nowhere = 0x40_0000_0000L;
              ring.descriptor(0, nowhere, 64, WRITE, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              expect(
                  ring.usedIndex() == 0 || ring.usedLength(0) == 0,
                  "used length " + ring.usedLength(0) + " for a buffer outside of memory");
              bench.expectLifeAfterReset();
            })
        .add(
            "RNG-10",
            Strength.DEFINED,
            "5.4.6",
            "Several buffers can be outstanding; none is lost.",
            "Requests that come while one is at the source.",
            bench -> {
              Ring ring = bench.live();
              for (int i = 0; i < ring.size; i++) {
                long unused = bench.request(ring, i, 32);
              }
              bench.expectIndex(ring, ring.size);
              for (int i = 0; i < ring.size; i++) {
                expect("bytes in buffer " + i, 32, bench.written(bench.buffer(i), 64));
              }
            })
        .add(
            "RNG-11",
            Strength.DEFINED,
            "5.4",
            "Two requests get different bytes.",
            "Bytes handed out twice.",
            bench -> {
              Ring ring = bench.live();
              byte[] first = bench.machine.memoryRead(bench.request(ring, 0, 32), 32);
              byte[] second = bench.machine.memoryRead(bench.request(ring, 1, 32), 32);
              expect(!Arrays.equals(first, second), "the same 32 bytes twice");
            })
        .add(
            "RNG-12",
            Strength.DEFINED,
            "2.7.4.1",
            "All writable pieces of a buffer are filled, in order.",
            "The walk along the chain.",
            bench -> {
              Ring ring = bench.live();
              int[] lengths = {1, 7, 600};
              for (int i = 0; i < lengths.length; i++) {
                boolean last = i == lengths.length - 1;
                ring.descriptor(
                    i, bench.paint(i), lengths[i], WRITE | (last ? 0 : NEXT), last ? 0 : i + 1);
              }
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectIndex(ring, 1);
              expect("used length", 608, ring.usedLength(0));
              for (int i = 0; i < lengths.length; i++) {
                expect("bytes in piece " + i, lengths[i], bench.written(bench.buffer(i), 1024));
              }
            })
        .add(
            "RNG-14",
            Strength.PRACTICE,
            "2.7.8.2",
            "The used length is no more than what was posted: hardened drivers give up otherwise.",
            "Readable pieces counted as written.",
            bench -> {
              Ring ring = bench.live();
              ring.descriptor(0, bench.paint(0), 100, NEXT, 1);
              ring.descriptor(1, bench.paint(1), 10, WRITE, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectIndex(ring, 1);
              expect("used length", 10, ring.usedLength(0));
            });
  }

  private static Group identity() {
    return new Group(Group.ALL)
        .add(
            "RNG-04",
            Strength.DEFINED,
            "5.4.1",
            "The device type is 4.",
            "Device id 0x1044 or 0x1005 on PCI, DeviceID on MMIO.",
            bench -> {
              if (bench.via.isPci()) {
                int id = bench.pci().config(PciConfigLayout.DEVICE_ID, 2);
                expect(id == 0x1044 || id == 0x1005, "device id " + Bench.hex(id));
              } else {
                expect(
                    "DeviceID",
                    VirtioRngDevice.DEVICE_TYPE,
                    bench.mmio().get(MmioLayout.DEVICE_ID));
              }
            })
        .add(
            "RNG-05",
            Strength.DEFINED,
            "5.4.2",
            "There is one queue, number 0.",
            "The size of queue 0.",
            bench -> {
              bench.registers.selectQueue(0);
              expect(bench.registers.queueSize() > 0, "queue 0 has size 0");
            })
        .add(
            "RNG-06",
            Strength.DEFINED,
            "5.4.3",
            "There are no feature bits of the device's own.",
            "Bits 0 to 23.",
            bench -> expect("bits 0 to 23", 0, bench.offered() & 0xff_ffffL));
  }

  private static Group source() {
    return new Group(Group.ALL)
        .add(
            "RNG-13",
            Strength.PRACTICE,
            "5.4.6.2",
            "Wait for entropy instead of using a buffer with length 0: Linux would never ask again.",
            "What a source that has nothing leads to.",
            bench -> {
              Ring ring = bench.live();
              bench.withhold();
              long buffer = bench.request(ring, 0, 64);
              bench.expectNothing(ring, "while the source has nothing");
              bench.feed();
              bench.expectUsed(ring, 0, 0, buffer, 64);
            })
        .add(
            "RNG-16",
            Strength.PRACTICE,
            "5.4",
            "Bytes asked for before a reset reach nobody after it.",
            "What happens to bytes that the source delivers late.",
            bench -> {
              Ring ring = bench.live();
              bench.withhold();
              long unused = bench.request(ring, 0, 64);
              long before = bench.owed();
              Ring next = bench.live();
              long buffer = bench.post(next, 1, 64);
              next.publish();
              bench.give((int) before);
              expect(next.usedIndex() == 0, "bytes of the old session were used in the new one");
              bench.expectPainted(buffer, 64, "a buffer of the new session");
            })
        .add(
            "RNG-17",
            Strength.PRACTICE,
            "5.4.6.2",
            "One buffer is asked for once, however often the driver kicks.",
            "Kicks while a request is at the source.",
            bench -> {
              Ring ring = bench.live();
              bench.withhold();
              long unused = bench.request(ring, 0, 64);
              long once = bench.owed();
              bench.kick();
              bench.kick();
              expect("bytes asked for by three kicks", once, bench.owed());
            });
  }
}

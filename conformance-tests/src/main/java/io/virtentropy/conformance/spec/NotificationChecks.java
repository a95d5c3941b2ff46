package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.virtio.device.VirtioFeature.EVENT_IDX;
import static io.virtentropy.virtio.queue.SplitRingLayout.NO_INTERRUPT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NO_NOTIFY;

import java.util.ArrayList;
import java.util.List;

/** When either side tells the other (virtio 1.3 §2.7.7, §2.7.10). */
final class NotificationChecks {
  private static final int SPURIOUS_KICKS = 64;

  private NotificationChecks() {}

  static List<Check> all() {
    List<Check> all = new ArrayList<>();
    all.addAll(byFlags().checks());
    all.addAll(byIndex().checks());
    all.addAll(kicks().checks());
    return all;
  }

  private static void serve(Bench bench, Ring ring, int number) {
    int head = number & (ring.size - 1);
    bench.expectUsed(ring, number, head, bench.request(ring, head, 16), 16);
  }

  private static Group byFlags() {
    return new Group(Group.ALL)
        .add(
            "VQ-EVT-01",
            Strength.MUST,
            "2.7.7.2",
            "Without EVENT_IDX ignore used_event.",
            "The decision to notify: does it know what was negotiated?",
            bench -> {
              Ring ring = bench.live();
              ring.usedEvent(0x7fff);
              for (int i = 0; i < 3; i++) {
                serve(bench, ring, i);
                expect((bench.causes() & 1) != 0, "no notification for buffer " + i);
              }
            })
        .add(
            "VQ-EVT-02",
            Strength.SHOULD_NOT,
            "2.7.7.2",
            "Without EVENT_IDX don't notify while avail.flags is 1.",
            "The decision to notify: is avail.flags read each time?",
            bench -> {
              Ring ring = bench.live();
              ring.availFlags(NO_INTERRUPT);
              for (int i = 0; i < 3; i++) {
                serve(bench, ring, i);
                expect("interrupt causes", 0, bench.causes());
              }
            })
        .add(
            "VQ-EVT-03",
            Strength.MUST,
            "2.7.7.2",
            "Without EVENT_IDX notify after using a buffer while avail.flags is 0.",
            "The decision to notify.",
            bench -> {
              Ring ring = bench.live();
              ring.availFlags(NO_INTERRUPT);
              serve(bench, ring, 0);
              ring.availFlags(0);
              serve(bench, ring, 1);
              expect(bench.line(), "the interrupt line is not asserted");
              expect((bench.causes() & 1) != 0, "the cause has no bit 0");
            })
        .add(
            "VQ-EVT-07",
            Strength.MUST,
            "2.7.10.2",
            "Without EVENT_IDX used.flags is 0 or 1.",
            "What is stored to used.flags.",
            bench -> {
              Ring ring = bench.live();
              for (int i = 0; i < 3; i++) {
                serve(bench, ring, i);
                expect(ring.usedFlags() <= NO_NOTIFY, "used.flags is " + ring.usedFlags());
              }
            })
        .add(
            "VQ-EVT-12",
            Strength.DEFINED,
            "2.7.10.1",
            "An idle device asks for kicks: used.flags is 0 again.",
            "Where NO_NOTIFY is cleared.",
            bench -> {
              Ring ring = bench.live();
              serve(bench, ring, 0);
              expect("used.flags of an idle device", 0, ring.usedFlags());
            })
        .add(
            "VQ-EVT-20",
            Strength.DEFINED,
            "2.7.6, 2.7.8",
            "Without EVENT_IDX the memory behind the used ring is not the ring's.",
            "Who writes avail_event.",
            bench -> {
              Ring ring = bench.live();
              long behind = ring.used + 4 + 8L * ring.size;
              bench.machine.memoryFill(behind, 2, Bench.PAINT);
              serve(bench, ring, 0);
              serve(bench, ring, 1);
              bench.expectPainted(behind, 2, "memory behind the used ring");
            });
  }

  private static Ring live(Bench bench) {
    bench.need(EVENT_IDX, "EVENT_IDX");
    return bench.live(EVENT_IDX);
  }

  private static Group byIndex() {
    return new Group(Group.ALL)
        .add(
            "VQ-EVT-04",
            Strength.MUST,
            "2.7.7.2",
            "With EVENT_IDX ignore bit 0 of avail.flags.",
            "The decision to notify.",
            bench -> {
              Ring ring = live(bench);
              ring.availFlags(NO_INTERRUPT);
              for (int i = 0; i < 3; i++) {
                ring.usedEvent(i);
                serve(bench, ring, i);
                expect((bench.causes() & 1) != 0, "no notification for buffer " + i);
              }
            })
        .add(
            "VQ-EVT-05",
            Strength.MUST,
            "2.7.7.2",
            "With EVENT_IDX notify when the element at used_event is written, inside a batch too.",
            "The comparison: a batch may pass used_event without ending on it.",
            bench -> {
              Ring ring = live(bench);
              ring.usedEvent(0);
              serve(bench, ring, 0);
              expect((bench.causes() & 1) != 0, "no notification for the first buffer");
              ring.usedEvent(2);
              for (int i = 1; i < 5; i++) {
                long unused = bench.post(ring, i, 16);
              }
              ring.publish();
              bench.kick();
              bench.expectIndex(ring, 5);
              expect((bench.causes() & 1) != 0, "no notification for a batch over used_event");
            })
        .add(
            "VQ-EVT-06",
            Strength.SHOULD_NOT,
            "2.7.7.2",
            "With EVENT_IDX don't notify otherwise, once a first notification was sent.",
            "The comparison, in 16 bits.",
            bench -> {
              Ring ring = live(bench);
              ring.usedEvent(0);
              serve(bench, ring, 0);
              int unused = bench.causes();
              ring.usedEvent(100);
              for (int i = 1; i < 6; i++) {
                serve(bench, ring, i);
                expect("interrupt causes at buffer " + i, 0, bench.causes());
              }
            })
        .add(
            "VQ-EVT-09",
            Strength.MUST,
            "2.7.10.2",
            "With EVENT_IDX used.flags is 0.",
            "What is stored to used.flags.",
            bench -> {
              Ring ring = live(bench);
              for (int i = 0; i < 3; i++) {
                serve(bench, ring, i);
                expect("used.flags", 0, ring.usedFlags());
              }
            })
        .add(
            "VQ-EVT-10",
            Strength.DEFINED,
            "2.7.10.2",
            "With EVENT_IDX an idle device asks for a kick at the next buffer.",
            "Where avail_event is written before the device goes idle.",
            bench -> {
              Ring ring = live(bench);
              for (int i = 0; i < 3; i++) {
                serve(bench, ring, i);
                expect("avail_event", i + 1, ring.availEvent());
              }
            });
  }

  private static Group kicks() {
    return new Group(Group.ALL)
        .add(
            "VQ-EVT-11",
            Strength.MUST,
            "2.7.10.2",
            "Survive kicks without reason.",
            "The kick's handler, with nothing on the ring.",
            bench -> {
              Ring ring = bench.live();
              for (int i = 0; i < SPURIOUS_KICKS; i++) {
                bench.registers.kick(0);
              }
              bench.settle();
              serve(bench, ring, 0);
            })
        .add(
            "BASE-NTF-01",
            Strength.DEFINED,
            "2.3",
            "A kick says that something may have happened: one without a new buffer uses none.",
            "The kick's handler.",
            bench -> {
              Ring ring = bench.live();
              serve(bench, ring, 0);
              bench.kick();
              expect("used.idx after a second kick", 1, ring.usedIndex());
            })
        .add(
            "BASE-NTF-02",
            Strength.DEFINED,
            "2.6, 5.4.2",
            "There is no queue but queue 0.",
            "What the queue registers show for other selectors.",
            bench -> {
              for (int queue : new int[] {1, 7, 0xffff}) {
                bench.registers.selectQueue(0);
                bench.registers.selectQueue(queue);
                expect("size of queue " + queue, 0, bench.registers.queueSize());
              }
              bench.registers.selectQueue(0);
              bench.expectLifeAfterReset();
            })
        .add(
            "BASE-NTF-05",
            Strength.DEFINED,
            "2.6",
            "Without RING_PACKED the ring is a split one.",
            "The default layout of the ring.",
            Bench::expectLifeAfterReset);
  }
}

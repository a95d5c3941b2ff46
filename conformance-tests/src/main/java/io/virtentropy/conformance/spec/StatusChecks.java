package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.virtio.device.DeviceStatus.DEVICE_NEEDS_RESET;

import java.util.ArrayList;
import java.util.List;

/** Status, reset and configuration (virtio 1.3 §2.1, §2.4, §2.5). */
final class StatusChecks {
  private static final int LIVE = 0xf;

  private StatusChecks() {}

  static List<Check> all() {
    List<Check> all = new ArrayList<>();
    all.addAll(status().checks());
    all.addAll(anyStatus().checks());
    all.addAll(reset().checks());
    all.addAll(configuration().checks());
    return all;
  }

  private static Group status() {
    return new Group(Group.MODERN)
        .add(
            "BASE-STAT-01",
            Strength.MUST_NOT,
            "2.1.2",
            "Consume no buffer before DRIVER_OK is set.",
            "The kick's handler: does it look at the status before it looks at the ring?",
            bench -> {
              Ring ring = earlyKick(bench);
              bench.expectNothing(ring, "before DRIVER_OK");
              bench.expectPainted(bench.buffer(0), 64, "a buffer before DRIVER_OK");
            })
        .add(
            "BASE-STAT-02",
            Strength.MUST_NOT,
            "2.1.2",
            "Send no used-buffer notification before DRIVER_OK.",
            "Who raises interrupts, and does it know the status?",
            bench -> {
              Ring unused = earlyKick(bench);
              expect(!bench.line(), "the interrupt line is asserted before DRIVER_OK");
              expect("interrupt causes before DRIVER_OK", 0, bench.causes());
            })
        .add(
            "BASE-STAT-03",
            Strength.SHOULD,
            "2.1.2",
            "Set DEVICE_NEEDS_RESET on entering an error state that only a reset can cure.",
            "What happens to a head beyond the descriptor table?",
            bench -> {
              Ring ring = bench.live();
              bench.breakRing(ring);
              bench.expectError(ring, "a head beyond the table");
            })
        .add(
            "BASE-STAT-04",
            Strength.MUST,
            "2.1.2",
            "If DRIVER_OK is set, follow DEVICE_NEEDS_RESET with a configuration-change"
                + " notification.",
            "Where DEVICE_NEEDS_RESET is set: is the configuration's interrupt raised there?",
            bench -> {
              bench.breakRing(bench.live());
              expect((bench.registers.status() & DEVICE_NEEDS_RESET) != 0, "no DEVICE_NEEDS_RESET");
              expect(bench.line(), "the interrupt line is not asserted");
              expect((bench.causes() & 2) != 0, "the cause has no bit 1");
            })
        .add(
            "BASE-STAT-06",
            Strength.DEFINED,
            "2.2.2",
            "FEATURES_OK stays readable as 1 for a set that is supported.",
            "The write of the status byte.",
            bench -> {
              bench.begin();
              expect(bench.negotiate(bench.offered()), "FEATURES_OK was refused for all offered");
            })
        .add(
            "BASE-STAT-07",
            Strength.DEFINED,
            "3.3",
            "Queues go live at DRIVER_OK, with what was made available before.",
            "Does the write of DRIVER_OK look at the ring, or only a kick?",
            bench -> {
              bench.beginWith(0);
              Ring ring = bench.ring();
              long buffer = bench.post(ring, 0, 64);
              ring.publish();
              bench.driverOk();
              bench.expectUsed(ring, 0, 0, buffer, 64);
            })
        .add(
            "BASE-STAT-09",
            Strength.PRACTICE,
            "2.1",
            "A status write doesn't take DEVICE_NEEDS_RESET back; only a reset does.",
            "The write of the status byte: are the driver's bits merged with the device's own?",
            bench -> {
              bench.breakRing(bench.live());
              bench.registers.status(LIVE);
              expect(
                  (bench.registers.status() & DEVICE_NEEDS_RESET) != 0,
                  "status " + bench.registers.status() + " after 0xf was written");
            });
  }

  private static Ring earlyKick(Bench bench) {
    bench.beginWith(0);
    Ring ring = bench.ring();
    long unused = bench.request(ring, 0, 64);
    return ring;
  }

  private static Group anyStatus() {
    return new Group(Group.ALL)
        .add(
            "BASE-STAT-05",
            Strength.DEFINED,
            "2.1",
            "The status is 0 at power-on and again after a reset.",
            "The initial value, and what a write of 0 does.",
            bench -> {
              expect("status at power-on", 0, bench.registers.status());
              Ring unused = bench.live();
              bench.registers.status(0);
              bench.settle();
              expect("status after a reset", 0, bench.registers.status());
            })
        .add(
            "BASE-STAT-08",
            Strength.DRIVER,
            "2.1.1",
            "Status bits that a driver takes back without a reset do no harm.",
            "Code that runs on the edge of a status bit.",
            bench -> {
              Ring ring = bench.live();
              bench.registers.status(3);
              long unused = bench.request(ring, 0, 16);
              bench.expectLifeAfterReset();
            })
        .add(
            "BASE-STAT-10",
            Strength.DEFINED,
            "2.1.1",
            "After FAILED a reset and a new set-up are accepted.",
            "State that survives the reset.",
            bench -> {
              bench.begin();
              bench.registers.status(0x80 | bench.registers.status());
              bench.expectLifeAfterReset();
            })
        .add(
            "BASE-STAT-11",
            Strength.DRIVER,
            "3.1.1",
            "A kick before the queue is set up does no harm.",
            "The kick's handler, with ring addresses of 0.",
            bench -> {
              for (int status : new int[] {0, 1, 3}) {
                bench.registers.status(status);
                bench.kick();
              }
              expect("status after early kicks", 3, bench.registers.status());
              bench.expectLifeAfterReset();
            });
  }

  private static Group reset() {
    return new Group(Group.ALL)
        .add(
            "BASE-RST-01",
            Strength.MUST,
            "2.4.1",
            "After a reset request the status becomes 0.",
            "Does anything hold the reset up, such as a request at the source?",
            bench -> {
              Ring ring = bench.live();
              bench.withhold();
              long unused = bench.request(ring, 0, 64);
              bench.registers.status(0);
              bench.settle();
              expect(
                  "status after a reset with a request outstanding", 0, bench.registers.status());
            })
        .add(
            "BASE-RST-02",
            Strength.MUST_NOT,
            "2.4.1",
            "After showing status 0 send no notification until re-initialised.",
            "What happens to bytes that the source delivers late.",
            bench -> {
              resetWhileWaiting(bench);
              expect(!bench.line(), "the interrupt line is asserted after a reset");
              expect("interrupt causes after a reset", 0, bench.causes());
            })
        .add(
            "BASE-RST-03",
            Strength.MUST_NOT,
            "2.4.1",
            "After showing status 0 touch no queue until re-initialised.",
            "What happens to bytes that the source delivers late.",
            bench -> {
              Ring ring = resetWhileWaiting(bench);
              bench.kick();
              bench.expectNothing(ring, "after a reset");
              bench.expectPainted(bench.buffer(0), 64, "a buffer after a reset");
            })
        .add(
            "BASE-RST-05",
            Strength.DEFINED,
            "4.1.4.3.1, 4.2.2.1",
            "A reset takes the queue out of service and clears pending interrupts.",
            "The list of what the reset clears.",
            bench -> {
              Ring ring = bench.live();
              int size = bench.registers.queueSize();
              long unused = bench.request(ring, 0, 64);
              bench.registers.status(0);
              bench.settle();
              bench.registers.selectQueue(0);
              expect(!bench.registers.enabled(), "the queue is in service after a reset");
              expect(bench.registers.queueSize() >= size, "the queue's size was kept");
              expect(!bench.line(), "the interrupt line is asserted after a reset");
              expect("interrupt causes after a reset", 0, bench.causes());
            });
  }

  private static Ring resetWhileWaiting(Bench bench) {
    Ring ring = bench.live();
    bench.withhold();
    long unused = bench.request(ring, 0, 64);
    bench.registers.status(0);
    bench.feed();
    return ring;
  }

  private static Group configuration() {
    return new Group(Group.ALL)
        .add(
            "BASE-CFG-01",
            Strength.MUST,
            "2.5.2",
            "The device's configuration can be read before FEATURES_OK.",
            "Reads of the configuration that look at the status.",
            bench -> {
              int first = bench.registers.config(0);
              for (int status : new int[] {1, 3}) {
                bench.registers.status(status);
                expect("configuration byte 0", first, bench.registers.config(0));
              }
            })
        .add(
            "BASE-CFG-04",
            Strength.DEFINED,
            "3.2, 3.2.1",
            "A device that nothing happens to sends no configuration-change notification.",
            "Who raises the configuration's interrupt.",
            bench -> {
              Ring ring = bench.live();
              for (int i = 0; i < 3; i++) {
                bench.expectUsed(ring, i, i, bench.request(ring, i, 16), 16);
                expect("the configuration's cause", 0, bench.causes() & 2);
              }
            })
        .add(
            "BASE-CFG-05",
            Strength.DEFINED,
            "2.5.1, 5.4.4",
            "There is no configuration to write: writes are ignored.",
            "Bounds of the configuration space.",
            bench -> {
              int before = bench.registers.config(0);
              bench.registers.config(0, before ^ 0x55);
              expect("configuration byte 0 after a write", before, bench.registers.config(0));
              bench.expectLifeAfterReset();
            });
  }
}

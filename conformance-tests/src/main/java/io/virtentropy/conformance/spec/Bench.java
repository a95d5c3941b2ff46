package io.virtentropy.conformance.spec;

import static io.virtentropy.virtio.device.DeviceStatus.ACKNOWLEDGE;
import static io.virtentropy.virtio.device.DeviceStatus.DEVICE_NEEDS_RESET;
import static io.virtentropy.virtio.device.DeviceStatus.DRIVER;
import static io.virtentropy.virtio.device.DeviceStatus.DRIVER_OK;
import static io.virtentropy.virtio.device.DeviceStatus.FEATURES_OK;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;

import io.virtentropy.conformance.dut.Capability;
import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.dut.Interrupt;
import io.virtentropy.conformance.dut.MachineUnderTest;
import io.virtentropy.conformance.dut.MmioUnderTest;
import io.virtentropy.conformance.dut.PciFirmware;
import io.virtentropy.virtio.device.VirtioFeature;
import java.util.Arrays;
import java.util.List;

/**
 * What a check has at hand: a device as at power-on, a driver's registers, memory, and a source
 * that answers by itself unless it is told to withhold.
 */
final class Bench {
  /** Buffers are painted with this; the source never gives it. */
  static final int PAINT = 0xa5;

  /** How far buffers are apart. */
  static final int BUFFER_BYTES = 0x1000;

  private static final int FIRST_BYTE = 1;
  private static final int LAST_BYTE = 0x80;
  private static final int RING_OFFSET = 0x1_0000;
  private static final int TABLE_OFFSET = 0x8_0000;
  private static final int BUFFER_OFFSET = 0x10_0000;
  private static final int USUAL_RING = 8;
  private static final int MOST_ROUNDS = 100;

  final MachineUnderTest machine;
  final DriverInterface via;
  final Registers registers;

  private final boolean feeds;
  private boolean withheld;
  private long owed;
  private int nextByte = FIRST_BYTE;

  Bench(MachineUnderTest machine, DriverInterface via) {
    this.machine = machine;
    this.via = via;
    this.feeds = machine.can(Capability.SUPPLY) && machine.can(Capability.REQUESTS);
    if (via.isPci()) {
      PciFirmware.bringUp((DeviceUnderTest) machine);
    }
    this.registers =
        switch (via) {
          case PCI_MODERN -> new PciModernRegisters(pci());
          case PCI_LEGACY -> new PciLegacyRegisters((DeviceUnderTest) machine);
          case MMIO_MODERN -> new MmioRegisters((MmioUnderTest) machine, false);
          case MMIO_LEGACY -> new MmioRegisters((MmioUnderTest) machine, true);
        };
  }

  // ---- the transport

  PciFunction pci() {
    return new PciFunction((DeviceUnderTest) machine);
  }

  PciModernRegisters common() {
    return (PciModernRegisters) registers;
  }

  MmioRegisters mmio() {
    return (MmioRegisters) registers;
  }

  // ---- the source

  /** From now on the device waits for its bytes. */
  void withhold() {
    if (!feeds) {
      throw new NotBound("needs a source under the suite's control");
    }
    withheld = true;
  }

  /** Gives what is owed, and answers by itself again. */
  void feed() {
    withheld = false;
    settle();
  }

  /** Settles, and lets the source answer as often as the device asks. */
  void settle() {
    machine.settle();
    if (!feeds) {
      return;
    }
    for (int round = 0; round < MOST_ROUNDS; round++) {
      for (int bytes : machine.supply().takeRequests()) {
        owed += bytes;
      }
      if (withheld || owed == 0) {
        return;
      }
      machine.supply().deliver(bytes((int) owed));
      owed = 0;
    }
    throw new CheckFailure("the device asks its source again and again");
  }

  /** Gives part of what is owed. */
  void give(int count) {
    settle();
    owed -= count;
    machine.supply().deliver(bytes(count));
  }

  long owed() {
    settle();
    return owed;
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) nextByte;
      nextByte = nextByte == LAST_BYTE ? FIRST_BYTE : nextByte + 1;
    }
    return bytes;
  }

  /** Whether the machine can be used again after a reset. */
  boolean owesNothing() {
    settle();
    return owed == 0;
  }

  // ---- a driver's life

  long offered() {
    long low = registers.offeredWord(0) & 0xffff_ffffL;
    return via.isModern() ? low | (long) registers.offeredWord(1) << 32 : low;
  }

  void accept(long features) {
    registers.acceptWord(0, (int) features);
    registers.acceptWord(1, (int) (features >>> 32));
  }

  /** Reset, ACKNOWLEDGE, DRIVER. */
  void begin() {
    registers.status(0);
    registers.status(ACKNOWLEDGE);
    registers.status(ACKNOWLEDGE | DRIVER);
  }

  /** Says FEATURES_OK after accepting features, and tells whether the device agreed. */
  boolean negotiate(long features) {
    accept(features);
    if (!via.isModern()) {
      return true;
    }
    registers.status(ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return (registers.status() & FEATURES_OK) != 0;
  }

  /** A feature, or the check is not applicable. */
  void need(long feature, String name) {
    if ((offered() & feature) == 0) {
      throw new NotBound("the device doesn't offer " + name);
    }
  }

  /** Up to where the queue would be set up. */
  void beginWith(long features) {
    begin();
    long wanted = features | (via.isModern() ? VirtioFeature.VERSION_1 : 0);
    expect(negotiate(wanted), "FEATURES_OK was refused for offered features " + hex(wanted));
  }

  void driverOk() {
    int ok = ACKNOWLEDGE | DRIVER | DRIVER_OK | (via.isModern() ? FEATURES_OK : 0);
    registers.status(ok);
    settle();
  }

  /** A ring of the usual size, placed and in service. */
  Ring ring() {
    return ringAt(RING_OFFSET, usualSize());
  }

  int usualSize() {
    registers.selectQueue(0);
    int most = registers.queueSize();
    expect(most > 0, "queue 0 has size 0");
    return via == DriverInterface.PCI_LEGACY ? most : Math.min(USUAL_RING, most);
  }

  Ring ringAt(int offset, int size) {
    registers.selectQueue(0);
    Ring ring =
        via.isModern()
            ? Ring.dense(machine, base() + offset, size)
            : Ring.legacy(machine, base() + offset, size, BUFFER_BYTES);
    registers.chooseQueueSize(size);
    registers.place(ring);
    registers.enable();
    return ring;
  }

  /** A live device without optional features. */
  Ring live() {
    return live(0);
  }

  /** A live device with some features. */
  Ring live(long features) {
    beginWith(features);
    Ring ring = ring();
    driverOk();
    return ring;
  }

  void kick() {
    registers.kick(0);
    settle();
  }

  // ---- memory

  private long base() {
    return machine.memory().start() + 0xffff & ~0xffffL;
  }

  /** The address of a buffer, painted by {@link #paint}. */
  long buffer(int number) {
    return base() + BUFFER_OFFSET + (long) number * BUFFER_BYTES;
  }

  /** The address for an indirect table. */
  long indirectTable() {
    return base() + TABLE_OFFSET;
  }

  /** Paints a buffer all over. */
  long paint(int number) {
    machine.memoryFill(buffer(number), BUFFER_BYTES, PAINT);
    return buffer(number);
  }

  /** Paints a buffer and posts it as one descriptor, whose number is the buffer's; not visible. */
  long post(Ring ring, int number, int length) {
    long address = paint(number);
    int index = number & (ring.size - 1);
    ring.descriptor(index, address, length, WRITE, 0);
    ring.offer(index);
    return address;
  }

  /** Posts, publishes, kicks. */
  long request(Ring ring, int number, int length) {
    long address = post(ring, number, length);
    ring.publish();
    kick();
    return address;
  }

  /** How many bytes from an address on are not painted any more. */
  int written(long address, int most) {
    byte[] bytes = machine.memoryRead(address, most);
    int count = 0;
    while (count < most && bytes[count] != (byte) PAINT) {
      count++;
    }
    return count;
  }

  void expectPainted(long address, int length, String what) {
    byte[] bytes = machine.memoryRead(address, length);
    for (int i = 0; i < length; i++) {
      if (bytes[i] != (byte) PAINT) {
        throw new CheckFailure(what + ": byte " + i + " was written");
      }
    }
  }

  /** A buffer of one piece was used, and its length is true. */
  void expectUsed(Ring ring, int position, int head, long address, int length) {
    expectIndex(ring, position + 1);
    expect("id of used element " + position, head, ring.usedId(position));
    long used = ring.usedLength(position);
    expect(
        used >= 1 && used <= length,
        "used length " + used + " of a buffer of " + length + " bytes");
    int count = written(address, BUFFER_BYTES);
    expect(
        count >= used,
        "used length " + used + ", but only " + count + " bytes of the buffer were written");
    if (length < BUFFER_BYTES) {
      expectPainted(address + length, BUFFER_BYTES - length, "memory behind the buffer");
    }
  }

  void expectIndex(Ring ring, int least) {
    int found = ring.usedIndex();
    expect(
        (short) (found - least) >= 0,
        "used.idx " + found + " where at least " + (least & 0xffff) + " was expected");
  }

  void expectNothing(Ring ring, String when) {
    expect("used.idx " + when, 0, ring.usedIndex());
  }

  // ---- interrupts

  boolean line() {
    settle();
    return machine.interruptLine();
  }

  /** Settles, and gives what the interrupts did. */
  List<Interrupt> interrupts() {
    settle();
    return ((DeviceUnderTest) machine).takeInterrupts();
  }

  boolean messageSent(int data) {
    return interrupts().stream()
        .anyMatch(i -> i instanceof Interrupt.Message message && message.data() == data);
  }

  int causes() {
    settle();
    return registers.takeCauses();
  }

  /** Makes the device meet a head that is no descriptor's. */
  void breakRing(Ring ring) {
    ring.offer(ring.size);
    ring.publish();
    kick();
  }

  /** After whatever went before: a reset, a new life, and a buffer that is served. */
  void expectLifeAfterReset() {
    Ring ring = live();
    expectUsed(ring, 0, 0, request(ring, 0, 16), 16);
  }

  /** The device says that it needs a reset, or, on a legacy interface, which can't, is quiet. */
  void expectError(Ring ring, String of) {
    if (via.isModern()) {
      expect(
          (registers.status() & DEVICE_NEEDS_RESET) != 0,
          "no DEVICE_NEEDS_RESET after " + of + "; status " + hex(registers.status()));
    }
    expectNothing(ring, "after " + of);
  }

  // ---- judging

  static void expect(boolean holds, String otherwise) {
    if (!holds) {
      throw new CheckFailure(otherwise);
    }
  }

  static void expect(String what, long wanted, long found) {
    if (wanted != found) {
      throw new CheckFailure(what + " is " + hex(found) + ", expected " + hex(wanted));
    }
  }

  static void expectSame(String what, byte[] before, byte[] after) {
    int at = Arrays.mismatch(before, after);
    expect(at < 0, what + " changed at byte " + at);
  }

  static String hex(long value) {
    return value >= 0 && value < 10 ? Long.toString(value) : "0x" + Long.toHexString(value);
  }
}

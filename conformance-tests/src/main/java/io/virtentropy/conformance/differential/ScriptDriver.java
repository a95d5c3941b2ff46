package io.virtentropy.conformance.differential;

import io.virtentropy.conformance.dut.Capability;
import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.dut.Interrupt;
import io.virtentropy.conformance.dut.PciFirmware;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Does the steps of scripts to one device and tells what is seen. What it does depends on the steps
 * and on what was observed, nothing else, so two drivers whose observations are equal do the same.
 *
 * <pre>
 *   ARENA  +0000 descriptor table   +4000 available ring   +5000 used ring
 *          +8000 indirect tables    +c000 buffers          +10000 end
 * </pre>
 */
final class ScriptDriver {
  static final long ARENA = 0x100_0000L;
  static final long TABLE = ARENA;
  static final long AVAIL = ARENA + 0x4000;
  static final long USED = ARENA + 0x5000;
  static final long TABLES = ARENA + 0x8000;
  static final long BUFFERS = ARENA + 0xc000;
  static final int BUFFER_BYTES = 0x4000;
  static final int ARENA_BYTES = 0x1_0000;

  /** The machine's 128 MiB end here. */
  static final long RAM_END = 128L << 20;

  /** Bytes between two indirect tables: 32 entries. */
  static final int TABLE_STRIDE = 0x200;

  private static final List<String> MODERN_REGISTERS =
      List.of("device_status", "config_generation", "config_msix_vector", "queue_size");

  private static final List<String> LEGACY_REGISTERS =
      List.of("device status", "queue address", "queue size", "queue select");

  private static final int MODERN = 4;
  private static final int LEGACY = 0;
  private static final int MSIX = 1;
  private static final int NOTIFY = 0x3000;
  private static final int ISR = 0x1000;
  private static final int STATUS = 0x14;
  private static final int LEGACY_STATUS = 0x12;
  private static final int ALL_ONES = 0xff;
  private static final int NEXT = 1;
  private static final int INDIRECT = 4;
  private static final int DEFAULT_SIZE = 8;
  private static final int HOT_USED_BYTES = 0x60;
  private static final int HOT_BUFFER_BYTES = 0x800;

  /** Every so many steps the whole arena is compared, not only where the device may write. */
  private static final int STEPS_PER_LOOK = 24;

  private final DeviceUnderTest device;
  private final Arrangement arrangement;
  private final List<Long> values = new ArrayList<>();
  private int size = DEFAULT_SIZE;
  private long avail = AVAIL;
  private long used = USED;
  private int availIdx;
  private int usedIdx;
  private int nextDescriptor;
  private int delivered;
  private int steps;
  private boolean stopped;

  /** Bytes asked for and not delivered. Never more are: they would wait for the next script. */
  private long balance;

  ScriptDriver(DeviceUnderTest device, Arrangement arrangement) {
    this.device = device;
    this.arrangement = arrangement;
  }

  /** Brings the machine to where every script starts; requests of the last one are answered. */
  void begin() {
    if (stopped) {
      device.cont();
      stopped = false;
    }
    if (arrangement.isLimited()) {
      refill();
    }
    device.systemReset();
    drain();
    device.memoryFill(ARENA, ARENA_BYTES - BUFFER_BYTES, 0);
    device.memoryFill(BUFFERS, BUFFER_BYTES, 0x5a);
    List<Interrupt> unused = device.takeInterrupts();
    clearRings(AVAIL, USED);
    size = DEFAULT_SIZE;
  }

  /** Spent quotas outlive resets: a live device's pass arms the timer, which fills them. */
  private void refill() {
    device.systemReset();
    drain();
    PciFirmware.bringUp(device);
    queue(Step.of(Verb.QUEUE, 0, TABLE, AVAIL, USED));
    device.barWrite(MODERN, STATUS, 1, 0xf);
    device.advanceClock(Duration.ofMillis(arrangement.periodMillis()));
  }

  private void clearRings(long newAvail, long newUsed) {
    avail = newAvail;
    used = newUsed;
    device.memoryFill(avail, 0x100, 0);
    device.memoryFill(used, 0x100, 0);
    availIdx = 0;
    usedIdx = 0;
    nextDescriptor = 0;
  }

  /** Does a step and looks. */
  Observation run(Step step) {
    values.clear();
    act(step);
    device.settle();
    List<Integer> requests = new ArrayList<>();
    take(requests);
    long[] registers = registers();
    if (balance > 0 && isReset(registers[0])) {
      drain();
    }
    List<Interrupt> interrupts = device.takeInterrupts();
    boolean whole = ++steps % STEPS_PER_LOOK == 0;
    long[] addresses = whole ? new long[] {ARENA} : new long[] {used, BUFFERS};
    byte[][] memory =
        whole
            ? new byte[][] {device.memoryRead(ARENA, ARENA_BYTES)}
            : new byte[][] {
              device.memoryRead(used, HOT_USED_BYTES), device.memoryRead(BUFFERS, HOT_BUFFER_BYTES)
            };
    int at = whole ? (int) (used - ARENA) : 0;
    usedIdx = (memory[0][at + 2] & 0xff) | (memory[0][at + 3] & 0xff) << 8;
    return new Observation(
        List.copyOf(values),
        interrupts,
        requests,
        arrangement.hasModern() ? MODERN_REGISTERS : LEGACY_REGISTERS,
        registers,
        addresses,
        memory);
  }

  private long[] registers() {
    if (!arrangement.hasModern()) {
      return new long[] {
        device.barRead(LEGACY, LEGACY_STATUS, 1),
        device.barRead(LEGACY, 0x8, 4),
        device.barRead(LEGACY, 0xc, 2),
        device.barRead(LEGACY, 0xe, 2)
      };
    }
    return new long[] {
      device.barRead(MODERN, STATUS, 1),
      device.barRead(MODERN, 0x15, 1),
      device.barRead(MODERN, 0x10, 2),
      device.barRead(MODERN, 0x18, 2)
    };
  }

  private boolean isReset(long status) {
    return status == 0 || (status == ALL_ONES && device.barRead(LEGACY, LEGACY_STATUS, 1) == 0);
  }

  private void take(List<Integer> requests) {
    for (int count : device.supply().takeRequests()) {
      requests.add(count);
      balance += count;
    }
  }

  /** {@link KnownDifference#OLD_SESSION}: what was asked before a reset is answered right after. */
  private void drain() {
    take(new ArrayList<>());
    if (balance > 0) {
      deliver(balance);
    }
  }

  private void deliver(long count) {
    byte[] bytes = new byte[(int) count];
    for (int i = 0; i < bytes.length; i++, delivered++) {
      bytes[i] = (byte) (delivered * 7 + delivered / 251);
    }
    balance -= count;
    device.supply().deliver(bytes);
  }

  private void act(Step step) {
    switch (step.verb()) {
      case DISCOVER -> PciFirmware.bringUp(device);
      case CONFIG_READ -> values.add(device.configRead(step.small(0), step.small(1)));
      case CONFIG_WRITE -> device.configWrite(step.small(0), step.small(1), step.number(2));
      case BAR_READ -> values.add(device.barRead(step.small(0), step.number(1), step.small(2)));
      case BAR_WRITE ->
          device.barWrite(step.small(0), step.number(1), step.small(2), step.number(3));
      case NEGOTIATE -> negotiate(step.number(0), step.number(1));
      case LEGACY_NEGOTIATE -> legacyNegotiate(step.number(0));
      case QUEUE -> queue(step);
      case LEGACY_QUEUE -> {
        clearRings(TABLE + 16 * DEFAULT_SIZE, TABLE + 0x1000);
        size = DEFAULT_SIZE;
        device.barWrite(LEGACY, 0x8, 4, step.number(0));
      }
      case STATUS -> writeStatus(step.small(0));
      case LEGACY_STATUS -> device.barWrite(LEGACY, LEGACY_STATUS, 1, step.number(0));
      case POST -> post(step.numbers());
      case POST_INDIRECT -> postIndirect(step);
      case DESCRIPTOR -> raw(TABLE + 16 * step.number(0), step);
      case TABLE_ENTRY -> raw(TABLES + 16 * step.number(0), step);
      case AVAIL_ENTRY -> putShort(avail + 4 + 2 * step.number(0), step.small(1));
      case AVAIL_MOVE -> {
        availIdx = (availIdx + step.small(0)) & 0xffff;
        putShort(avail + 2, availIdx);
      }
      case AVAIL_FLAGS -> putShort(avail, step.small(0));
      case USED_EVENT -> putShort(avail + 4 + 2L * size, availIdx + step.small(0));
      case KICK -> device.barWrite(MODERN, NOTIFY, 2, 0);
      case LEGACY_KICK -> device.barWrite(LEGACY, 0x10, 2, 0);
      case DELIVER -> deliver(Math.min(balance, step.number(0)));
      case ANSWER -> deliver(balance);
      case VECTOR -> vector(step);
      case MASK -> device.barWrite(MSIX, 16 * step.number(0) + 12, 4, step.number(1));
      case MSIX -> device.configWrite(arrangement.msixControl(), 2, step.number(0));
      case VECTORS -> {
        device.barWrite(MODERN, 0x10, 2, step.number(0));
        device.barWrite(MODERN, 0x16, 2, 0);
        device.barWrite(MODERN, 0x1a, 2, step.number(1));
      }
      case ISR -> values.add(device.barRead(MODERN, ISR, 1));
      case LEGACY_ISR -> values.add(device.barRead(LEGACY, 0x13, 1));
      case LEGACY_VECTORS -> {
        device.barWrite(LEGACY, 0x14, 2, step.number(0));
        device.barWrite(LEGACY, 0xe, 2, 0);
        device.barWrite(LEGACY, 0x16, 2, step.number(1));
      }
      case QUEUE_RESET -> device.barWrite(MODERN, 0x3a, 2, 1);
      case SYSTEM_RESET -> device.systemReset();
      case STOP -> {
        if (!stopped) {
          device.stop();
          stopped = true;
        }
      }
      case CONT -> {
        if (stopped) {
          device.cont();
          stopped = false;
        }
      }
      case ADVANCE -> {
        if (device.can(Capability.CLOCK) && !stopped) {
          device.advanceClock(Duration.ofMillis(step.number(0)));
        }
      }
      case ADVANCE_MICROS -> {
        if (device.can(Capability.CLOCK) && !stopped) {
          device.advanceClock(Duration.ofNanos(1000 * step.number(0)));
        }
      }
    }
  }

  // ---- registers

  private void writeStatus(int value) {
    device.barWrite(MODERN, STATUS, 1, value);
    if ((value & 0xff) == 0 && device.barRead(MODERN, STATUS, 1) == 0) {
      drain();
    }
  }

  private void negotiate(long low, long high) {
    writeStatus(0);
    writeStatus(1);
    writeStatus(3);
    for (int word = 0; word < 2; word++) {
      device.barWrite(MODERN, 0x0, 4, word);
      values.add(device.barRead(MODERN, 0x4, 4));
      device.barWrite(MODERN, 0x8, 4, word);
      device.barWrite(MODERN, 0xc, 4, word == 0 ? low : high);
    }
    writeStatus(0xb);
    values.add(device.barRead(MODERN, STATUS, 1));
  }

  private void legacyNegotiate(long features) {
    device.barWrite(LEGACY, LEGACY_STATUS, 1, 0);
    if (device.barRead(LEGACY, LEGACY_STATUS, 1) == 0) {
      drain();
    }
    device.barWrite(LEGACY, LEGACY_STATUS, 1, 1);
    device.barWrite(LEGACY, LEGACY_STATUS, 1, 3);
    values.add(device.barRead(LEGACY, 0, 4));
    device.barWrite(LEGACY, 0x4, 4, features);
  }

  private void queue(Step step) {
    clearRings(AVAIL, USED);
    device.barWrite(MODERN, 0x16, 2, 0);
    if (step.number(0) != 0) {
      device.barWrite(MODERN, 0x18, 2, step.number(0));
    }
    size = (int) device.barRead(MODERN, 0x18, 2);
    if (size < 1 || size > 1024) {
      size = DEFAULT_SIZE;
    }
    for (int part = 0; part < 3; part++) {
      device.barWrite(MODERN, 0x20 + 8 * part, 8, step.number(1 + part));
    }
    device.barWrite(MODERN, 0x1c, 2, 1);
  }

  private void vector(Step step) {
    long entry = 16 * step.number(0);
    device.barWrite(MSIX, entry, 4, device.messageAddress(step.small(1)));
    device.barWrite(MSIX, entry + 4, 4, 0);
    device.barWrite(MSIX, entry + 8, 4, step.number(2));
    device.barWrite(MSIX, entry + 12, 4, step.number(3));
  }

  // ---- rings

  /** Posts nothing to a ring that is full, so that most rings are legal. */
  private boolean isFull() {
    return ((availIdx - usedIdx) & 0xffff) >= size;
  }

  private void post(List<Long> pieces) {
    if (isFull()) {
      return;
    }
    int head = nextDescriptor;
    int last = pieces.size() / 3 - 1;
    for (int i = 0; i <= last; i++) {
      int index = nextDescriptor;
      nextDescriptor = (nextDescriptor + 1) % size;
      long flags = pieces.get(3 * i + 2) | (i < last ? NEXT : 0);
      device.memoryWrite(
          TABLE + 16L * index,
          descriptor(pieces.get(3 * i), pieces.get(3 * i + 1), flags, nextDescriptor));
    }
    publish(head);
  }

  private void postIndirect(Step step) {
    if (isFull()) {
      return;
    }
    List<Long> pieces = step.numbers().subList(2, step.numbers().size());
    long table = TABLES + step.number(0) * TABLE_STRIDE;
    int entries = pieces.size() / 3;
    for (int i = 0; i < entries; i++) {
      long flags = pieces.get(3 * i + 2) | (i < entries - 1 ? NEXT : 0);
      device.memoryWrite(
          table + 16L * i, descriptor(pieces.get(3 * i), pieces.get(3 * i + 1), flags, i + 1));
    }
    int head = nextDescriptor;
    nextDescriptor = (nextDescriptor + 1) % size;
    device.memoryWrite(
        TABLE + 16L * head,
        descriptor(table, 16L * entries, INDIRECT | step.number(1), nextDescriptor));
    publish(head);
  }

  private void publish(int head) {
    putShort(avail + 4 + 2L * (availIdx % size), head);
    availIdx = (availIdx + 1) & 0xffff;
    putShort(avail + 2, availIdx);
  }

  private void raw(long at, Step step) {
    device.memoryWrite(
        at, descriptor(step.number(1), step.number(2), step.number(3), step.number(4)));
  }

  private static byte[] descriptor(long address, long length, long flags, long next) {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(address)
        .putInt((int) length)
        .putShort((short) flags)
        .putShort((short) next)
        .array();
  }

  private void putShort(long address, int value) {
    device.memoryWrite(address, new byte[] {(byte) value, (byte) (value >>> 8)});
  }
}

package io.virtentropy.conformance.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Makes scripts: mostly a driver that sets the device up, legal or nearly so, and then all that a
 * driver, the machine and the source can do, in any order. The same random numbers give the same
 * script.
 */
public final class StepGenerator {
  private static final int[] WIDTHS = {1, 2, 4, 8};
  private static final int[] SIZES = {0, 0, 0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 1024, 1025};
  private static final long VERSION_1 = 1;
  private static final long RING_RESET = 1 << 8;
  private static final int WRITE = 2;
  private static final int INDIRECT = 4;
  private static final long NOWHERE = 0xf000_0000L;

  private final RandomGenerator random;

  /**
   * Makes a generator.
   *
   * @param random where all choices come from
   */
  public StepGenerator(RandomGenerator random) {
    this.random = random;
  }

  /**
   * Makes a script.
   *
   * @param length about how many steps
   * @return its steps
   */
  public List<Step> script(int length) {
    List<Step> steps = new ArrayList<>();
    if (!one(12)) {
      steps.add(Step.of(Verb.DISCOVER));
    }
    boolean registersOnly = one(5);
    if (!registersOnly) {
      if (one(7)) {
        setUpLegacy(steps);
      } else {
        setUp(steps);
      }
    }
    while (steps.size() < length) {
      steps.add(registersOnly ? registerStep() : step());
    }
    return steps;
  }

  // ---- set-up

  private void setUp(List<Step> steps) {
    if (one(2)) {
      steps.add(Step.of(Verb.MSIX, 0x8000));
      steps.add(Step.of(Verb.VECTOR, 0, 0, 0x41, 0));
      steps.add(Step.of(Verb.VECTOR, 1, 1, 0x42, 0));
    }
    if (!one(20)) {
      steps.add(negotiate());
    }
    if (!one(6)) {
      steps.add(Step.of(Verb.VECTORS, one(8) ? 0xffff : 0, one(8) ? 0xffff : 1));
    }
    if (!one(20)) {
      steps.add(queue());
    }
    if (!one(20)) {
      steps.add(Step.of(Verb.STATUS, 0xf));
    }
  }

  private void setUpLegacy(List<Step> steps) {
    steps.add(Step.of(Verb.LEGACY_NEGOTIATE, legacyFeatures()));
    steps.add(Step.of(Verb.LEGACY_QUEUE, ScriptDriver.TABLE >> 12));
    steps.add(Step.of(Verb.LEGACY_STATUS, 7));
  }

  private Step negotiate() {
    long low = 0;
    low |= one(2) ? 1L << 28 : 0;
    low |= one(2) ? 1L << 29 : 0;
    low |= one(6) ? 1L << 24 : 0;
    low |= one(12) ? 1L << random.nextInt(32) : 0;
    long high = one(8) ? 0 : VERSION_1;
    high |= one(2) ? RING_RESET : 0;
    high |= one(12) ? 1L << random.nextInt(32) : 0;
    return Step.of(Verb.NEGOTIATE, low, high);
  }

  private long legacyFeatures() {
    return one(6) ? random.nextInt() & 0xffff_ffffL : (random.nextInt(16) << 26) & 0x3900_0000L;
  }

  private Step queue() {
    long size = one(2) ? 0 : SIZES[random.nextInt(SIZES.length)];
    return Step.of(
        Verb.QUEUE,
        size,
        ring(ScriptDriver.TABLE),
        ring(ScriptDriver.AVAIL),
        ring(ScriptDriver.USED));
  }

  private long ring(long right) {
    return switch (random.nextInt(40)) {
      case 0 -> 0;
      case 1 -> right + 1 + random.nextInt(15);
      case 2 -> NOWHERE;
      default -> right;
    };
  }

  // ---- steps of any kind

  private Step step() {
    int roll = random.nextInt(100);
    if (roll < 24) {
      return one(4) ? postIndirect() : post();
    }
    if (roll < 40) {
      return one(12) ? Step.of(Verb.LEGACY_KICK) : Step.of(Verb.KICK);
    }
    if (roll < 56) {
      return source();
    }
    if (roll < 64) {
      return Step.of(Verb.ISR);
    }
    if (roll < 74) {
      return interrupts();
    }
    if (roll < 80) {
      return ringFields();
    }
    if (roll < 88) {
      return control();
    }
    return registerStep();
  }

  private Step source() {
    return one(4)
        ? Step.of(Verb.DELIVER, 1 + random.nextInt(one(2) ? 10 : 300))
        : Step.of(Verb.ANSWER);
  }

  private Step interrupts() {
    return switch (random.nextInt(6)) {
      case 0 -> Step.of(Verb.MSIX, new long[] {0, 0x8000, 0xc000, 0x4000}[random.nextInt(4)]);
      case 1 ->
          Step.of(Verb.VECTOR, random.nextInt(2), random.nextInt(4), 1 + random.nextInt(99), bit());
      case 2 -> Step.of(Verb.MASK, random.nextInt(2), one(8) ? random.nextInt(256) : bit());
      case 3 -> Step.of(Verb.VECTORS, vector(), vector());
      case 4 -> Step.of(Verb.BAR_READ, 1, 0x800, 8);
      default -> Step.of(Verb.BAR_READ, 1, 4L * random.nextInt(8), 4);
    };
  }

  private long vector() {
    return one(4) ? 0xffff : random.nextInt(3);
  }

  private Step ringFields() {
    return switch (random.nextInt(12)) {
      case 0 -> descriptor(Verb.DESCRIPTOR, random.nextInt(9));
      case 1 -> descriptor(Verb.TABLE_ENTRY, random.nextInt(64));
      case 2 -> Step.of(Verb.AVAIL_ENTRY, random.nextInt(8), index());
      case 3 -> Step.of(Verb.AVAIL_MOVE, one(3) ? random.nextInt(20) - 10 : 1);
      case 4, 5, 6 -> Step.of(Verb.AVAIL_FLAGS, one(5) ? random.nextInt(0x10000) : bit());
      default -> Step.of(Verb.USED_EVENT, random.nextInt(7) - 4);
    };
  }

  private long index() {
    return one(6) ? random.nextInt(0x10000) : random.nextInt(10);
  }

  private Step descriptor(Verb verb, int at) {
    long flags = random.nextInt(one(3) ? 8 : 4);
    return Step.of(verb, at, address(), length(), flags, index());
  }

  private Step control() {
    return switch (random.nextInt(16)) {
      case 0 -> Step.of(Verb.STATUS, one(3) ? random.nextInt(256) : 0);
      case 1, 2, 3, 4 -> Step.of(Verb.STATUS, one(4) ? 3 : 0xf);
      case 5 -> negotiate();
      case 6, 7 -> queue();
      case 8 -> Step.of(Verb.QUEUE_RESET);
      case 9 -> one(4) ? Step.of(Verb.SYSTEM_RESET) : Step.of(Verb.DISCOVER);
      case 10 -> Step.of(Verb.STOP);
      case 11, 12 -> Step.of(Verb.CONT);
      case 13 -> Step.of(Verb.LEGACY_STATUS, one(2) ? 7 : random.nextInt(8));
      default -> Step.of(Verb.ADVANCE, one(2) ? 1 + random.nextInt(99) : 1000);
    };
  }

  // ---- chains

  private Step post() {
    List<Long> numbers = new ArrayList<>();
    addPieces(numbers, one(3) ? 1 + random.nextInt(4) : 1);
    return new Step(Verb.POST, numbers);
  }

  private Step postIndirect() {
    List<Long> numbers = new ArrayList<>();
    numbers.add((long) random.nextInt(8));
    numbers.add(one(8) ? (long) random.nextInt(4) : 0L);
    addPieces(numbers, 1 + random.nextInt(one(3) ? 12 : 3));
    return new Step(Verb.POST_INDIRECT, numbers);
  }

  private void addPieces(List<Long> numbers, int count) {
    boolean readable = one(8);
    for (int i = 0; i < count; i++) {
      readable &= i == 0 || one(2);
      numbers.add(address());
      numbers.add(length());
      long flags = readable || one(60) ? 0 : WRITE;
      flags |= one(60) ? INDIRECT : 0;
      flags |= one(60) ? random.nextInt(0x1000) << 4 : 0;
      numbers.add(flags);
    }
  }

  private long address() {
    return one(25)
        ? NOWHERE + random.nextInt(0x100)
        : ScriptDriver.BUFFERS + random.nextInt(0x3000);
  }

  private long length() {
    return switch (random.nextInt(50)) {
      case 0 -> 0;
      case 1 -> 4096;
      case 2 -> 4097;
      case 3 -> one(3) ? 0xffff_ffffL : 3000;
      default -> 1 + random.nextInt(one(3) ? 600 : 64);
    };
  }

  // ---- registers

  private Step registerStep() {
    return switch (random.nextInt(10)) {
      case 0, 1 -> {
        int size = 1 << random.nextInt(3);
        yield Step.of(Verb.CONFIG_READ, random.nextInt(256) & -size, size);
      }
      case 2 -> configWrite();
      case 3, 4, 5 -> barAccess(Verb.BAR_READ);
      default -> barAccess(Verb.BAR_WRITE);
    };
  }

  private Step configWrite() {
    int size = 1 << random.nextInt(3);
    return switch (random.nextInt(6)) {
      case 0 -> Step.of(Verb.CONFIG_WRITE, 4, 2, one(3) ? random.nextInt(0x10000) : 7);
      case 1 -> relocate();
      case 2 -> Step.of(Verb.CONFIG_WRITE, 0x88, 1, random.nextInt(6));
      case 3 ->
          one(2)
              ? Step.of(Verb.CONFIG_WRITE, 0x8c, 4, (long) modernOffset() + (one(9) ? 0x4000 : 0))
              : Step.of(Verb.CONFIG_WRITE, 0x90, 4, random.nextInt(9));
      case 4 -> Step.of(Verb.CONFIG_WRITE, 0x94, size, random.nextInt(3));
      default ->
          Step.of(
              Verb.CONFIG_WRITE,
              0x28 + random.nextInt((0x100 - 0x28) / size) / 4 * 4,
              size,
              random.nextInt() & 0xffff_ffffL);
    };
  }

  /** Each BAR has places of its own: what overlapping ones decode is the bus's matter. */
  private Step relocate() {
    return switch (random.nextInt(5)) {
      case 0 -> Step.of(Verb.CONFIG_WRITE, 0x10, 4, one(3) ? 0xffff_ffffL : 0xc100);
      case 1 -> Step.of(Verb.CONFIG_WRITE, 0x14, 4, one(3) ? 0xffff_ffffL : 0xe020_0000L);
      case 2 -> Step.of(Verb.CONFIG_WRITE, 0x20, 4, one(3) ? 0xffff_ffffL : 0xe030_0000L);
      case 3 -> Step.of(Verb.CONFIG_WRITE, 0x24, 4, bit());
      default -> Step.of(Verb.DISCOVER);
    };
  }

  private Step barAccess(Verb verb) {
    int bar;
    long offset;
    int size = WIDTHS[random.nextInt(4)];
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        bar = 0;
        size = Math.min(size, 4);
        offset = random.nextInt(0x20);
        offset -= offset % size;
      }
      case 2 -> {
        bar = 1;
        offset = one(3) ? 0x800 + random.nextInt(16) : random.nextInt(0x30);
        offset -= offset % size;
      }
      case 3 -> {
        bar = random.nextInt(6);
        offset = random.nextInt(0x18);
        size = Math.min(size, 4);
        offset -= offset % size;
      }
      default -> {
        bar = 4;
        offset = modernOffset();
        offset -= one(6) ? 0 : offset % size;
      }
    }
    if (verb == Verb.BAR_READ) {
      return Step.of(verb, bar, offset, size);
    }
    return Step.of(verb, bar, offset, size, value());
  }

  private int modernOffset() {
    return switch (random.nextInt(12)) {
      case 0 -> 0x1000 + random.nextInt(0x10);
      case 1 -> 0x2000 + random.nextInt(0x10);
      case 2 -> 0x3000 + random.nextInt(0x10);
      case 3 -> random.nextInt(0x4000 - 8);
      default -> random.nextInt(0x44);
    };
  }

  private long value() {
    return switch (random.nextInt(9)) {
      case 0 -> 0;
      case 1 -> 1;
      case 2 -> 0xf;
      case 3 -> ScriptDriver.TABLE;
      case 4 -> ScriptDriver.AVAIL;
      case 5 -> ScriptDriver.USED;
      case 6 -> NOWHERE;
      default -> random.nextInt(1 << (1 + random.nextInt(16)));
    };
  }

  private long bit() {
    return random.nextInt(2);
  }

  private boolean one(int outOf) {
    return random.nextInt(outOf) == 0;
  }
}

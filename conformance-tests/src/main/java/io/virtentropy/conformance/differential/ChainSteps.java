package io.virtentropy.conformance.differential;

import java.util.ArrayList;
import java.util.List;

/** Makes steps that put chains of every shape, and of none, into the ring. */
final class ChainSteps {
  /** Where no RAM is, and no device. */
  static final long NOWHERE = 0xf000_0000L;

  private static final int WRITE = 2;
  private static final int INDIRECT = 4;
  private static final int TABLES = 8;

  private final Dice dice;

  ChainSteps(Dice dice) {
    this.dice = dice;
  }

  /** A chain. */
  Step chain() {
    return dice.one(4) ? indirect() : direct();
  }

  private Step direct() {
    List<Long> numbers = new ArrayList<>();
    addPieces(numbers, dice.one(3) ? 1 + dice.below(4) : 1);
    return new Step(Verb.POST, numbers);
  }

  private Step indirect() {
    List<Long> numbers = new ArrayList<>();
    numbers.add((long) dice.below(TABLES));
    numbers.add(dice.one(8) ? (long) dice.below(4) : 0L);
    addPieces(numbers, 1 + dice.below(dice.one(3) ? 12 : 3));
    return new Step(Verb.POST_INDIRECT, numbers);
  }

  private void addPieces(List<Long> numbers, int count) {
    boolean readable = dice.one(8);
    for (int i = 0; i < count; i++) {
      readable &= i == 0 || dice.one(2);
      numbers.add(address());
      numbers.add(length());
      long flags = readable || dice.one(60) ? 0 : WRITE;
      flags |= dice.one(60) ? INDIRECT : 0;
      flags |= dice.one(60) ? (long) dice.below(0x1000) << 4 : 0;
      numbers.add(flags);
    }
  }

  private long address() {
    if (dice.one(25)) {
      return dice.of(NOWHERE, ScriptDriver.RAM_END - 16, 0x1_0000_0000L, -16) + dice.below(0x20);
    }
    return ScriptDriver.BUFFERS + dice.below(0x3000);
  }

  private long length() {
    return switch (dice.below(50)) {
      case 0 -> 0;
      case 1 -> 4096;
      case 2 -> 4097;
      case 3 -> dice.one(3) ? 0xffff_ffffL : 3000;
      default -> 1 + dice.below(dice.one(3) ? 600 : 64);
    };
  }

  /** A field of the ring, or a descriptor, as it is. */
  Step field() {
    return switch (dice.below(14)) {
      case 0 -> descriptor(Verb.DESCRIPTOR, dice.below(9));
      case 1 -> descriptor(Verb.TABLE_ENTRY, dice.below(64));
      case 2 -> table();
      case 3 -> Step.of(Verb.AVAIL_ENTRY, dice.below(8), index());
      case 4 -> Step.of(Verb.AVAIL_MOVE, dice.one(3) ? dice.below(20) - 10 : 1);
      case 5, 6, 7 -> Step.of(Verb.AVAIL_FLAGS, dice.one(5) ? dice.below(0x10000) : dice.bit());
      default -> Step.of(Verb.USED_EVENT, dice.below(7) - 4);
    };
  }

  private long index() {
    return dice.one(6) ? dice.below(0x10000) : dice.below(10);
  }

  private Step descriptor(Verb verb, int at) {
    long flags = dice.below(dice.one(3) ? 8 : 4);
    return Step.of(verb, at, address(), length(), flags, index());
  }

  /** A descriptor that names one of the tables, its length right or wrong. */
  private Step table() {
    long at = ScriptDriver.TABLES + (long) ScriptDriver.TABLE_STRIDE * dice.below(TABLES);
    at += dice.one(8) ? 1 + dice.below(31) : 0;
    long length = dice.one(2) ? dice.of(0, 1, 8, 15, 17, 24, 0x1010) : 16L * (1 + dice.below(12));
    long flags = INDIRECT | (dice.one(3) ? dice.below(4) : 0);
    return Step.of(Verb.DESCRIPTOR, dice.below(8), at, length, flags, index());
  }
}

package io.virtentropy.conformance.differential;

/** Makes steps that read and write registers, at every place and of every width. */
final class RegisterSteps {
  private static final int LEGACY = 0;
  private static final int LEGACY_BYTES = 0x20;
  private static final int MSIX = 1;
  private static final int MODERN = 4;
  private static final int MODERN_BYTES = 0x4000;
  private static final int[] WIDTHS = {1, 2, 4, 8};

  private final Dice dice;
  private final Arrangement arrangement;

  RegisterSteps(Dice dice, Arrangement arrangement) {
    this.dice = dice;
    this.arrangement = arrangement;
  }

  /** An access to configuration space or to a BAR. */
  Step access() {
    return switch (dice.below(10)) {
      case 0, 1 -> configRead();
      case 2 -> configWrite();
      case 3, 4, 5 -> barAccess(Verb.BAR_READ);
      default -> barAccess(Verb.BAR_WRITE);
    };
  }

  private Step configRead() {
    int size = 1 << dice.below(3);
    int bytes = arrangement.isExpress() && dice.one(3) ? 0x1000 : 0x100;
    return Step.of(Verb.CONFIG_READ, dice.below(bytes) & -size, size);
  }

  private Step configWrite() {
    int size = 1 << dice.below(3);
    int access = arrangement.accessCapability();
    int choice = dice.below(6);
    if (choice == 0) {
      return Step.of(Verb.CONFIG_WRITE, 4, 2, dice.one(3) ? dice.below(0x10000) : 7);
    }
    if (choice == 1) {
      return relocate();
    }
    if (access != 0 && choice == 2) {
      return Step.of(Verb.CONFIG_WRITE, access + 4, 1, dice.below(6));
    }
    if (access != 0 && choice == 3) {
      return dice.one(2)
          ? Step.of(
              Verb.CONFIG_WRITE,
              access + 8,
              4,
              (long) modernOffset() + (dice.one(9) ? MODERN_BYTES : 0))
          : Step.of(Verb.CONFIG_WRITE, access + 12, 4, dice.below(9));
    }
    if (access != 0 && choice == 4) {
      return Step.of(Verb.CONFIG_WRITE, access + 16, size, dice.below(3));
    }
    int bytes = arrangement.isExpress() && dice.one(6) ? 0x1000 : 0x100;
    int at = 0x28 + dice.below((bytes - 0x28) / size) / 4 * 4;
    return Step.of(Verb.CONFIG_WRITE, at, size, dice.word());
  }

  /** Each BAR has places of its own: what overlapping ones decode is the bus's matter. */
  private Step relocate() {
    return switch (dice.below(5)) {
      case 0 -> Step.of(Verb.CONFIG_WRITE, 0x10, 4, dice.one(3) ? 0xffff_ffffL : 0xc100);
      case 1 -> Step.of(Verb.CONFIG_WRITE, 0x14, 4, dice.one(3) ? 0xffff_ffffL : 0xe020_0000L);
      case 2 -> Step.of(Verb.CONFIG_WRITE, 0x20, 4, dice.one(3) ? 0xffff_ffffL : 0xe030_0000L);
      case 3 -> Step.of(Verb.CONFIG_WRITE, 0x24, 4, dice.bit());
      default -> Step.of(Verb.DISCOVER);
    };
  }

  private Step barAccess(Verb verb) {
    int bar = bar();
    int size = WIDTHS[dice.below(4)];
    long offset;
    switch (bar) {
      case MSIX -> offset = dice.one(3) ? 0x800 + dice.below(16) : dice.below(0x30);
      case MODERN -> offset = modernOffset();
      default -> {
        size = Math.min(size, 4); // ports know no more
        offset = dice.below(LEGACY_BYTES);
      }
    }
    offset -= dice.one(6) ? 0 : offset % size;
    if (bar != MSIX && bar != MODERN) {
      offset = Math.min(offset, LEGACY_BYTES - size);
    }
    if (verb == Verb.BAR_READ) {
      return Step.of(verb, bar, offset, size);
    }
    return Step.of(verb, bar, offset, size, value());
  }

  private int bar() {
    int choice = dice.below(8);
    if (choice == 0) {
      return dice.below(6);
    }
    if (choice == 1) {
      return MSIX;
    }
    if (!arrangement.hasModern()) {
      return LEGACY;
    }
    return choice < 4 && arrangement.hasLegacy() ? LEGACY : MODERN;
  }

  private int modernOffset() {
    return switch (dice.below(12)) {
      case 0 -> 0x1000 + dice.below(0x10);
      case 1 -> 0x2000 + dice.below(0x10);
      case 2 -> 0x3000 + dice.below(0x10);
      case 3 -> dice.below(MODERN_BYTES - 8);
      default -> dice.below(0x44);
    };
  }

  private long value() {
    return switch (dice.below(9)) {
      case 0 -> 0;
      case 1 -> 1;
      case 2 -> 0xf;
      case 3 -> ScriptDriver.TABLE;
      case 4 -> ScriptDriver.AVAIL;
      case 5 -> ScriptDriver.USED;
      case 6 -> ChainSteps.NOWHERE;
      default -> dice.anySize();
    };
  }
}

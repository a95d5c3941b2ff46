package io.virtentropy.conformance.differential;

import java.util.List;
import java.util.Set;

/** What steps do to rings and registers, as far as it can be told from the step alone. */
final class StepEffects {
  private static final int MODERN_BAR = 4;
  private static final int QUEUE_SIZE = 0x18;
  private static final int QUEUE_DESC = 0x20;
  private static final int QUEUE_DEVICE = 0x30;
  private static final int LEGACY_PFN = 0x8;
  private static final int LEGACY_PAGE_BITS = 12;
  private static final int FIRMWARE_START = 0xa_0000;
  private static final int FIRMWARE_END = 0x10_0000;
  private static final int LEGACY_RING_BYTES = 0x2000;
  private static final int LARGEST_QUEUE = 1024;
  private static final Set<Long> ACCESS_OFFSETS = Set.of(0x8cL, 0xd0L);
  private static final long LARGE = 5000;
  private static final int DESCRIPTOR_BYTES = 16;
  private static final int NEXT = 1;
  private static final int WRITE = 2;
  private static final int INDIRECT = 4;

  /** A ring that begins so near to an end may not fit in front of it. */
  private static final long LARGEST_RING = 0x8000;

  private static final int BARS_END = 0x28;
  private static final int EXPRESS_DEVICE_CONTROL = 0x48;

  private StepEffects() {}

  static boolean putsRingOutsideRam(Step step) {
    return switch (step.verb()) {
      case QUEUE -> isOutsideRam(step.number(1)) || isOutsideRam(step.number(3));
      case LEGACY_QUEUE -> isOutsideRam(legacyAddress(step));
      case BAR_WRITE ->
          isOutsideRam(written(step, MODERN_BAR, QUEUE_DESC))
              || written(step, MODERN_BAR, QUEUE_DESC + 4) != 0
              || isOutsideRam(written(step, MODERN_BAR, QUEUE_DEVICE))
              || written(step, MODERN_BAR, QUEUE_DEVICE + 4) != 0
              || isOutsideRam(legacyAddress(step));
      default -> false; // what the access capability is given is small
    };
  }

  private static boolean isOutsideRam(long address) {
    return Long.compareUnsigned(address, ScriptDriver.RAM_END) >= 0;
  }

  /** What a step writes to a register of at most 32 bits, as far as it does; 0 if it doesn't. */
  private static long written(Step step, int bar, int register) {
    if (!covers(step, bar, register)) {
      return 0;
    }
    long behind = step.number(1) + step.number(2) - register;
    long bits = step.number(3) >>> (8 * (register - step.number(1)));
    return behind >= Integer.BYTES ? bits & 0xffff_ffffL : bits & ((1L << (8 * behind)) - 1);
  }

  private static boolean covers(Step step, int bar, int register) {
    return step.verb() == Verb.BAR_WRITE
        && step.number(0) == bar
        && step.number(1) <= register
        && step.number(1) + step.number(2) > register;
  }

  /** Where a step puts a legacy driver's ring; 0 if it doesn't. */
  private static long legacyAddress(Step step) {
    long page = step.verb() == Verb.LEGACY_QUEUE ? step.number(0) : written(step, 0, LEGACY_PFN);
    return page << LEGACY_PAGE_BITS;
  }

  static boolean isAcrossBoundaryOfPorts(Step step) {
    return (step.verb() == Verb.BAR_READ || step.verb() == Verb.BAR_WRITE)
        && step.number(0) == 0
        && step.number(1) % step.number(2) != 0;
  }

  static boolean reachesMachine(Step step) {
    if (step.verb() == Verb.QUEUE) {
      return step.number(1) % DESCRIPTOR_BYTES != 0;
    }
    long address = legacyAddress(step);
    return address > FIRMWARE_START - LEGACY_RING_BYTES && address < FIRMWARE_END;
  }

  static boolean resizesQueue(Step step) {
    return switch (step.verb()) {
      case BAR_WRITE ->
          covers(step, MODERN_BAR, QUEUE_SIZE)
              && !cantGrow(written(step, MODERN_BAR, QUEUE_SIZE) & 0xffff);
      case CONFIG_WRITE ->
          ACCESS_OFFSETS.contains(step.number(0)) && (step.number(2) & ~3) == QUEUE_SIZE;
      default -> false;
    };
  }

  /** Whether a queue's size can't be smaller than this, or this is ignored. */
  private static boolean cantGrow(long size) {
    return size <= 1 || size > LARGEST_QUEUE;
  }

  static boolean putsIndirectBehindHead(Step step) {
    int wrong = WRITE | INDIRECT;
    int first = firstPiece(step);
    List<Long> numbers = step.numbers();
    return switch (step.verb()) {
      case POST, POST_INDIRECT -> {
        int from = step.verb() == Verb.POST ? first + 3 : first;
        for (int i = from; i < numbers.size(); i += 3) {
          if ((numbers.get(i + 2) & wrong) == wrong) {
            yield true;
          }
        }
        yield false;
      }
      case DESCRIPTOR, TABLE_ENTRY -> (numbers.get(3) & wrong) == wrong;
      default -> false;
    };
  }

  /** Whether a step's chain begins with a writable descriptor that names a table. */
  static boolean putsIndirectAtHead(Step step) {
    return switch (step.verb()) {
      case POST -> (step.number(2) & (WRITE | INDIRECT)) == (WRITE | INDIRECT);
      case POST_INDIRECT -> (step.number(1) & WRITE) != 0;
      default -> false;
    };
  }

  /** Whether a step may have a descriptor of the ring lead to another that it doesn't write. */
  static boolean linksDescriptors(Step step) {
    return switch (step.verb()) {
      case POST -> step.numbers().size() > 3 || (step.number(2) & NEXT) != 0;
      case POST_INDIRECT -> (step.number(1) & NEXT) != 0;
      case DESCRIPTOR -> (step.number(3) & NEXT) != 0;
      case QUEUE -> step.number(1) != ScriptDriver.TABLE;
      case LEGACY_QUEUE -> legacyAddress(step) != ScriptDriver.TABLE;
      case BAR_WRITE ->
          covers(step, MODERN_BAR, QUEUE_DESC)
              || covers(step, MODERN_BAR, QUEUE_DESC + 4)
              || covers(step, 0, LEGACY_PFN);
      default -> false;
    };
  }

  private static long longestPiece(Step step) {
    List<Long> numbers = step.numbers();
    return switch (step.verb()) {
      case POST, POST_INDIRECT -> {
        long longest = 0;
        for (int i = firstPiece(step); i < numbers.size(); i += 3) {
          longest = Math.max(longest, numbers.get(i + 1));
        }
        yield longest;
      }
      case DESCRIPTOR, TABLE_ENTRY -> numbers.get(2);
      default -> 0;
    };
  }

  static boolean asksForMuch(Step step) {
    return switch (step.verb()) {
      case POST ->
          asksForMuch(step.number(0), step.number(1), step.number(2)) || longestPiece(step) > LARGE;
      case DESCRIPTOR -> asksForMuch(step.number(1), step.number(2), step.number(3));
      default -> longestPiece(step) > LARGE;
    };
  }

  /** Of tables, only those where scripts put entries are known not to. */
  private static boolean asksForMuch(long address, long length, long flags) {
    boolean isTable =
        address >= ScriptDriver.TABLES
            && address % DESCRIPTOR_BYTES == 0
            && address + length <= ScriptDriver.BUFFERS;
    return (flags & INDIRECT) != 0 ? !isTable : length > LARGE;
  }

  private static int firstPiece(Step step) {
    return step.verb() == Verb.POST ? 0 : 2;
  }

  /** Whether a step gives the queue any place, or none. */
  static boolean placesQueue(Step step) {
    return switch (step.verb()) {
      case QUEUE, LEGACY_QUEUE, QUEUE_RESET, NEGOTIATE, LEGACY_NEGOTIATE -> true;
      case STATUS, LEGACY_STATUS -> step.number(0) == 0;
      default -> false;
    };
  }

  /** Whether a step may give the queue a place that ends where no RAM is, or never. */
  static boolean cutsRingOff(Step step) {
    return switch (step.verb()) {
      case QUEUE ->
          isNearEnd(step.number(1)) || isNearEnd(step.number(2)) || isNearEnd(step.number(3));
      case LEGACY_QUEUE -> isNearEnd(legacyAddress(step));
      default -> false;
    };
  }

  private static boolean isNearEnd(long address) {
    boolean ofRam = address > ScriptDriver.RAM_END - LARGEST_RING && address < ScriptDriver.RAM_END;
    return ofRam || (address < 0 && address > -LARGEST_RING);
  }

  /** Whether a step may change what the machine decodes, or who may access memory. */
  static boolean changesMap(Step step) {
    return switch (step.verb()) {
      case DISCOVER, SYSTEM_RESET, LEGACY_NEGOTIATE -> true;
      case LEGACY_STATUS -> step.number(0) != 0;
      case CONFIG_WRITE ->
          step.number(0) < BARS_END || (step.number(0) & ~3) == EXPRESS_DEVICE_CONTROL;
      default -> false;
    };
  }
}

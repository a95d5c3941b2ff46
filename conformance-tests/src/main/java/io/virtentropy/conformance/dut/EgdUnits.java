package io.virtentropy.conformance.dut;

import java.util.ArrayList;
import java.util.List;

/**
 * How requests for entropy look in the Entropy Gathering Daemon's protocol, command 2: one byte of
 * command, one of count, so at most 255 at a time; more is asked for by several in a row.
 */
public final class EgdUnits {
  /** The most that one command can ask for. */
  public static final int MOST = 255;

  private EgdUnits() {}

  /**
   * Splits a request as QEMU does: as many of {@link #MOST} as fit, then the rest.
   *
   * @param bytes how many are asked for, 0 or more
   * @return the counts of the commands
   */
  public static List<Integer> of(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException("a request for " + bytes + " bytes; 0 or more is right");
    }
    List<Integer> counts = new ArrayList<>();
    for (long left = bytes; left > 0; left -= MOST) {
      counts.add((int) Math.min(left, MOST));
    }
    return counts;
  }
}

package io.virtentropy.conformance.differential;

/** What a {@link Step} does, and which numbers it takes. */
public enum Verb {
  /** Gives BARs addresses and turns decoding and bus mastering on, as firmware does. */
  DISCOVER("discover", 0, 0),
  /** Reads the configuration space: offset, size. */
  CONFIG_READ("config.read", 2, 2),
  /** Writes the configuration space: offset, size, value. */
  CONFIG_WRITE("config.write", 3, 3),
  /** Reads a BAR: number, offset, size. */
  BAR_READ("bar.read", 3, 3),
  /** Writes a BAR: number, offset, size, value. */
  BAR_WRITE("bar.write", 4, 4),
  /** Negotiates as a modern driver, from reset to FEATURES_OK: low and high word of features. */
  NEGOTIATE("negotiate", 2, 2),
  /** Negotiates as a legacy driver, from reset on: features. */
  LEGACY_NEGOTIATE("legacy.negotiate", 1, 1),
  /** Clears the rings, then sets up and enables queue 0: size or 0, table, avail, used. */
  QUEUE("queue", 4, 4),
  /** Clears the rings and places queue 0 as a legacy driver does: page number. */
  LEGACY_QUEUE("legacy.queue", 1, 1),
  /** Writes the device status: value. */
  STATUS("status", 1, 1),
  /** Writes the device status in the legacy header: value. */
  LEGACY_STATUS("legacy.status", 1, 1),
  /** Posts a chain, NEXT added: address, length and flags of each descriptor. */
  POST("post", 3, 48),
  /**
   * Posts an indirect chain, NEXT added: number of its table, flags of its head besides INDIRECT,
   * then address, length and flags of each entry.
   */
  POST_INDIRECT("post.indirect", 5, 50),
  /** Writes a descriptor as it is: index, address, length, flags, next. */
  DESCRIPTOR("descriptor", 5, 5),
  /** Writes an entry of the indirect tables as it is: index, address, length, flags, next. */
  TABLE_ENTRY("table.entry", 5, 5),
  /** Writes an entry of the available ring: position, value. */
  AVAIL_ENTRY("avail.entry", 2, 2),
  /** Moves the available index by a signed number, whatever was posted. */
  AVAIL_MOVE("avail.move", 1, 1),
  /** Writes the available ring's flags: value. */
  AVAIL_FLAGS("avail.flags", 1, 1),
  /** Writes used_event: a signed number, from the available index on. */
  USED_EVENT("used.event", 1, 1),
  /** Notifies queue 0 through the modern registers. */
  KICK("kick", 0, 0),
  /** Notifies queue 0 through the legacy header. */
  LEGACY_KICK("legacy.kick", 0, 0),
  /** Lets the source deliver so many bytes, if as many were asked for; else what was. */
  DELIVER("deliver", 1, 1),
  /** Lets the source deliver all that was asked for. */
  ANSWER("answer", 0, 0),
  /** Writes an MSI-X table entry: entry, number of a watched address, data, control. */
  VECTOR("vector", 4, 4),
  /** Writes an MSI-X entry's control word: entry, control. */
  MASK("mask", 2, 2),
  /** Writes MSI-X message control: value. */
  MSIX("msix", 1, 1),
  /** Chooses vectors: of configuration changes, of queue 0. */
  VECTORS("vectors", 2, 2),
  /** Chooses vectors in the legacy header: of configuration changes, of queue 0. */
  LEGACY_VECTORS("legacy.vectors", 2, 2),
  /** Reads the interrupt status. */
  ISR("isr", 0, 0),
  /** Reads the interrupt status in the legacy header. */
  LEGACY_ISR("legacy.isr", 0, 0),
  /** Resets queue 0 alone. */
  QUEUE_RESET("queue.reset", 0, 0),
  /** Resets the machine. */
  SYSTEM_RESET("system.reset", 0, 0),
  /** Stops the machine. */
  STOP("stop", 0, 0),
  /** Lets a stopped machine go on. */
  CONT("cont", 0, 0),
  /** Moves the virtual clock: milliseconds. Nothing where the clock can't be moved. */
  ADVANCE("advance", 1, 1),
  /** The same: microseconds. */
  ADVANCE_MICROS("advance.micros", 1, 1);

  private final String word;
  private final int fewest;
  private final int most;

  Verb(String word, int fewest, int most) {
    this.word = word;
    this.fewest = fewest;
    this.most = most;
  }

  /**
   * How it is written in scripts.
   *
   * @return one word
   */
  public String word() {
    return word;
  }

  boolean takes(int count) {
    return count >= fewest && count <= most;
  }
}

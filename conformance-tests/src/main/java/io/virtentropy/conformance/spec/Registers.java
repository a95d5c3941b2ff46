package io.virtentropy.conformance.spec;

/**
 * A driver's registers, whatever the transport. Widths and selectors are the transport's affair.
 */
interface Registers {
  /** A word of what the device offers. */
  int offeredWord(int select);

  void acceptWord(int select, int bits);

  int status();

  void status(int value);

  void selectQueue(int index);

  /** The size of the selected queue: the largest until another is chosen. 0 if there is none. */
  int queueSize();

  /** Legacy PCI has none: ignored there. */
  void chooseQueueSize(int size);

  /**
   * Tells where the parts are, the high halves first. A legacy interface starts the queue by it.
   */
  void place(Ring ring);

  /** Puts the selected queue into service. Nothing more on a legacy interface. */
  void enable();

  boolean enabled();

  /** Writes 1 to the register that resets a queue; none on a legacy interface. */
  void resetQueue();

  int queueReset();

  void kick(int queue);

  /** Reads and acknowledges what interrupts were about: bit 0 used buffers, bit 1 configuration. */
  int takeCauses();

  int generation();

  /** A byte of the device's own configuration. */
  int config(int offset);

  void config(int offset, int value);
}

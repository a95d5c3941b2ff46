package io.virtentropy.virtio.queue;

/**
 * What a driver did wrong with its ring. The device stops and asks for a reset (virtio 1.3 §2.1.2);
 * the numbers are for the log.
 *
 * <p>Addresses and lengths are unsigned.
 */
public sealed interface RingFault {

  /**
   * One sentence for the log.
   *
   * @return what the driver did and what would have been right
   */
  String describe();

  /**
   * A part of the ring is not aligned (virtio 1.3 §2.7).
   *
   * @param part which part
   * @param address where the driver put it
   * @param align the alignment it needs
   */
  record RingMisaligned(RingPart part, long address, int align) implements RingFault {
    @Override
    public String describe() {
      return "the " + part + " at " + hex(address) + " is not aligned to " + align;
    }
  }

  /**
   * A part of the ring is not in RAM.
   *
   * @param part which part
   * @param address where the driver put it
   * @param length how long it is
   */
  record RingOutsideMemory(RingPart part, long address, long length) implements RingFault {
    @Override
    public String describe() {
      return "the " + part + ", " + length + " bytes at " + hex(address) + ", is not all in RAM";
    }
  }

  /**
   * The available index is more than a queue's length ahead, or has gone back (virtio 1.3
   * §2.7.6.1).
   *
   * @param next the index the device has come to
   * @param found the index found in the ring
   * @param size the queue size
   */
  record AvailIndexJumped(int next, int found, int size) implements RingFault {
    @Override
    public String describe() {
      return "the available index went from " + next + " to " + found + " in a queue of " + size;
    }
  }

  /**
   * The available ring names a descriptor that does not exist.
   *
   * @param head what it names
   * @param size the queue size
   */
  record HeadOutOfRange(int head, int size) implements RingFault {
    @Override
    public String describe() {
      return "the available ring names descriptor " + head + " of " + size;
    }
  }

  /**
   * A descriptor's next is not in its table.
   *
   * @param next what it names
   * @param entries how many the table has
   */
  record NextOutOfRange(int next, int entries) implements RingFault {
    @Override
    public String describe() {
      return "a descriptor continues at " + next + " of a table of " + entries;
    }
  }

  /**
   * A chain is longer than the queue, or runs in a loop (virtio 1.3 §2.7.5.2).
   *
   * @param head where it begins
   * @param size the queue size
   */
  record ChainTooLong(int head, int size) implements RingFault {
    @Override
    public String describe() {
      return "the chain at descriptor "
          + head
          + " has more than "
          + size
          + " descriptors or a loop";
    }
  }

  /**
   * An indirect descriptor without the feature (virtio 1.3 §2.7.5.3.1).
   *
   * @param head where the chain begins
   */
  record IndirectNotNegotiated(int head) implements RingFault {
    @Override
    public String describe() {
      return "the chain at descriptor " + head + " has an indirect table that was not negotiated";
    }
  }

  /**
   * An indirect descriptor inside an indirect table (virtio 1.3 §2.7.5.3.1).
   *
   * @param head where the chain begins
   */
  record IndirectNested(int head) implements RingFault {
    @Override
    public String describe() {
      return "the chain at descriptor " + head + " has an indirect table inside another";
    }
  }

  /**
   * An indirect descriptor that claims to go on (virtio 1.3 §2.7.5.3.1).
   *
   * @param head where the chain begins
   */
  record IndirectWithNext(int head) implements RingFault {
    @Override
    public String describe() {
      return "the chain at descriptor " + head + " goes on after its indirect table";
    }
  }

  /**
   * An indirect table that is empty or no whole number of descriptors long.
   *
   * @param head where the chain begins
   * @param length how long it is
   */
  record IndirectTableSize(int head, long length) implements RingFault {
    @Override
    public String describe() {
      return "the chain at descriptor "
          + head
          + " has an indirect table of "
          + length
          + " bytes; a positive multiple of 16 is accepted";
    }
  }

  /**
   * An indirect table or a buffer that the device is to write is not in RAM.
   *
   * @param head where the chain begins
   * @param address where it is
   * @param length how long it is
   */
  record BufferOutsideMemory(int head, long address, long length) implements RingFault {
    @Override
    public String describe() {
      return "the chain at descriptor "
          + head
          + " has "
          + length
          + " bytes at "
          + hex(address)
          + " that are not all in RAM";
    }
  }

  /**
   * A device-readable descriptor after a device-writable one (virtio 1.3 §2.7.4.2).
   *
   * @param head where the chain begins
   */
  record ReadableAfterWritable(int head) implements RingFault {
    @Override
    public String describe() {
      return "the chain at descriptor " + head + " has a readable descriptor after a writable one";
    }
  }

  /**
   * A descriptor of no bytes in a chain that was to be filled. QEMU's device alone minds.
   *
   * @param head where the chain begins
   */
  record ZeroLengthBuffer(int head) implements RingFault {
    @Override
    public String describe() {
      return "the chain at descriptor " + head + " has a descriptor of length 0";
    }
  }

  /**
   * A value that no driver writes into a register of the queue. QEMU's device alone minds.
   *
   * @param register which register
   * @param value what was written
   * @param accepted what is accepted
   */
  record QueueRegister(String register, int value, String accepted) implements RingFault {
    @Override
    public String describe() {
      return register + " was written " + value + "; " + accepted + " is accepted";
    }
  }

  /** The three parts of a split virtqueue. */
  enum RingPart {
    /** The descriptor table. */
    DESCRIPTOR_TABLE("descriptor table"),
    /** The available ring. */
    AVAIL_RING("available ring"),
    /** The used ring. */
    USED_RING("used ring");

    private final String text;

    RingPart(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  private static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }
}

package io.virtentropy.ratelimit.htb;

/**
 * What a class tells its parent about the waiting leaves below it: a set of keys, one for each kind
 * of service that is possible.
 *
 * <p>A <em>funded</em> key says that a leaf of some priority can be served now with the tokens of a
 * lender that has been found, at some level. An <em>unfunded</em> one says that a leaf of some
 * priority could be served if an ancestor lent.
 *
 * <pre>
 *   funded:   bit 8·level + priority; the lowest bit is served first, so that a leaf within its
 *             guaranteed rate comes before one that borrows, and who borrows nearby before who
 *             borrows from afar; among equals the priority decides
 *   unfunded: bit priority
 * </pre>
 *
 * <p>The level of a leaf is 0, that of the root 7, and of an inner class one less than its
 * parent's.
 */
final class Offer {
  /** The longest path, the root and the leaf included: as in Linux. */
  static final int MAX_CLASSES_ON_PATH = 8;

  static final int ROOT_LEVEL = MAX_CLASSES_ON_PATH - 1;
  static final int LEAF_LEVEL = 0;
  static final int PRIORITIES = ClassLimits.MAX_PRIORITY + 1;

  /** All keys, funded before unfunded ones: the indices of a class's queues. */
  static final int FUNDED_KEYS = MAX_CLASSES_ON_PATH * PRIORITIES;

  static final int KEYS = FUNDED_KEYS + PRIORITIES;

  private Offer() {}

  static int fundedKey(int level, int priority) {
    return level * PRIORITIES + priority;
  }

  static int unfundedKey(int priority) {
    return FUNDED_KEYS + priority;
  }

  static int levelOf(int fundedKey) {
    return fundedKey / PRIORITIES;
  }

  static int priorityOf(int fundedKey) {
    return fundedKey % PRIORITIES;
  }

  static long bit(int key) {
    return 1L << key;
  }
}

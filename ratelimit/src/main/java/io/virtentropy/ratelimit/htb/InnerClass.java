package io.virtentropy.ratelimit.htb;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A class with classes below it: a group of guests, a user, or the root, which is the source. */
public final class InnerClass extends HtbClass {
  private final Map<String, HtbClass> children = new LinkedHashMap<>();

  /** By key; null where no leaf below could ever use it. */
  private final TurnQueue[] queues = new TurnQueue[Offer.KEYS];

  private final Turn[] turns = new Turn[Offer.KEYS];

  /** Which queues are not empty. */
  private long fundedBelow;

  private int unfundedBelow;

  InnerClass(
      Scheduler scheduler, InnerClass parent, String name, long id, ClassLimits limits, long now) {
    super(scheduler, parent, name, id, false, limits, now);
  }

  /**
   * The classes directly below.
   *
   * @return a copy, in the order of addition
   */
  public List<HtbClass> children() {
    return new ArrayList<>(children.values());
  }

  Map<String, HtbClass> childrenByName() {
    return children;
  }

  /** Makes everything that serving leaves of a priority will need, in this class and above. */
  void prepare(int priority) {
    for (InnerClass c = this; c != null; c = c.parent) {
      for (int level = 0; level <= c.level; level++) {
        c.prepareKey(Offer.fundedKey(level, priority));
      }
      c.prepareKey(Offer.unfundedKey(priority));
    }
  }

  private void prepareKey(int key) {
    if (queues[key] == null) {
      queues[key] = new TurnQueue();
      turns[key] = new Turn(this);
    }
    queues[key].reserve(children.size());
  }

  /** The key of the queue that leads on to what this class offers under a funded key. */
  int keyBelow(int key) {
    boolean lendsItself = key < Offer.FUNDED_KEYS && Offer.levelOf(key) == level;
    return lendsItself ? Offer.unfundedKey(Offer.priorityOf(key)) : key;
  }

  TurnQueue queue(int key) {
    return queues[key];
  }

  void join(int key, Turn turn, boolean in) {
    TurnQueue queue = queues[key];
    if (in) {
      queue.add(turn);
    } else {
      queue.remove(turn);
    }
    boolean used = queue.size() > 0;
    if (key < Offer.FUNDED_KEYS) {
      fundedBelow = used ? fundedBelow | Offer.bit(key) : fundedBelow & ~Offer.bit(key);
    } else {
      int bit = 1 << (key - Offer.FUNDED_KEYS);
      unfundedBelow = used ? unfundedBelow | bit : unfundedBelow & ~bit;
    }
  }

  @Override
  boolean isActive() {
    return fundedBelow != 0 || unfundedBelow != 0;
  }

  @Override
  long fundedBelow() {
    return fundedBelow;
  }

  @Override
  int unfundedBelow() {
    return unfundedBelow;
  }

  @Override
  Turn turn(int key) {
    return turns[key];
  }

  @Override
  long reserved() {
    long sum = 0;
    for (HtbClass child : children.values()) {
      sum = saturatedSum(sum, child.reserved());
    }
    return sum;
  }
}

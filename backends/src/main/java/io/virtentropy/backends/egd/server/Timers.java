package io.virtentropy.backends.egd.server;

import java.util.Arrays;

/**
 * What has to be looked at when its time has come, in the order of these times: a binary heap in
 * which every timer knows its place. To set and to cancel one costs time in proportion to the
 * logarithm of how many are set, and allocates nothing but room for more timers than ever before.
 * Those of the same instant come in the order in which they were set.
 */
final class Timers {
  /** The most that are run at once, so that whoever has work has a turn in between. */
  static final int RUN_AT_ONCE = 64;

  private static final int ABSENT = -1;

  private Timer[] heap = new Timer[16];
  private int size;
  private long nextOrder;

  /** Something that is due some time. Belongs to one {@link Timers} at a time. */
  static final class Timer {
    private final Runnable due;
    private long at;
    private long order;
    private int index = ABSENT;

    /**
     * Makes a timer that is not set.
     *
     * @param due what to do when its time has come; it may set and cancel any timer
     */
    Timer(Runnable due) {
      this.due = due;
    }

    boolean isSet() {
      return index != ABSENT;
    }
  }

  /** Sets a timer, anew if it is set already. */
  void set(Timer timer, long at) {
    if (timer.index == ABSENT) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, 2 * size);
      }
      timer.index = size++;
    }
    timer.at = at;
    timer.order = nextOrder++;
    siftDown(timer, siftUp(timer, timer.index));
  }

  /** Forgets a timer, if it is set. */
  void cancel(Timer timer) {
    int hole = timer.index;
    if (hole == ABSENT) {
      return;
    }
    timer.index = ABSENT;
    Timer last = heap[--size];
    heap[size] = null;
    if (last != timer) {
      siftDown(last, siftUp(last, hole));
    }
  }

  /**
   * Runs what is due, at the most {@link #RUN_AT_ONCE}.
   *
   * @return how many were run
   */
  int run(long now) {
    int ran = 0;
    while (ran < RUN_AT_ONCE && nanosUntilDue(now) == 0) {
      Timer first = heap[0];
      cancel(first);
      ran++;
      first.due.run();
    }
    return ran;
  }

  /** Nanoseconds until one is due; very many if none is set. */
  long nanosUntilDue(long now) {
    return size == 0 ? Long.MAX_VALUE : Math.max(0, heap[0].at - now);
  }

  private int siftUp(Timer timer, int from) {
    int index = from;
    while (index > 0) {
      int parent = (index - 1) >>> 1;
      if (!isBefore(timer, heap[parent])) {
        break;
      }
      place(heap[parent], index);
      index = parent;
    }
    place(timer, index);
    return index;
  }

  private void siftDown(Timer timer, int from) {
    int index = from;
    while (2 * index + 1 < size) {
      int child = 2 * index + 1;
      if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], timer)) {
        break;
      }
      place(heap[child], index);
      index = child;
    }
    place(timer, index);
  }

  private void place(Timer timer, int index) {
    heap[index] = timer;
    timer.index = index;
  }

  /** Instants are compared by their difference, since the clock may wrap. */
  private static boolean isBefore(Timer a, Timer b) {
    long difference = a.at - b.at;
    return difference < 0 || (difference == 0 && a.order - b.order < 0);
  }
}

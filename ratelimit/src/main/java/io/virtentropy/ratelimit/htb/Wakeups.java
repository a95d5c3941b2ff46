package io.virtentropy.ratelimit.htb;

import java.util.Arrays;

/**
 * The throttled classes that somebody waits for, by the instant at which their mode changes: a
 * binary heap in which every class knows its place. Classes that wake at the same instant come in
 * the order in which they were added to the tree.
 */
final class Wakeups {
  /** The place of a class that is not in the heap. */
  static final int ABSENT = -1;

  private HtbClass[] heap = new HtbClass[16];
  private int size;

  /** Makes room for so many classes, so that {@link #put} never has to. */
  void reserve(int classes) {
    if (classes > heap.length) {
      heap = Arrays.copyOf(heap, Math.max(classes, heap.length * 2));
    }
  }

  HtbClass first() {
    return size == 0 ? null : heap[0];
  }

  /** Adds a class, or moves it after its instant has changed. */
  void put(HtbClass c) {
    if (c.wakeupIndex == ABSENT) {
      c.wakeupIndex = size++;
    }
    siftDown(c, siftUp(c, c.wakeupIndex));
  }

  void remove(HtbClass c) {
    int hole = c.wakeupIndex;
    if (hole == ABSENT) {
      return;
    }
    c.wakeupIndex = ABSENT;
    HtbClass last = heap[--size];
    heap[size] = null;
    if (last != c) {
      siftDown(last, siftUp(last, hole));
    }
  }

  private int siftUp(HtbClass c, int from) {
    int index = from;
    while (index > 0) {
      HtbClass parent = heap[(index - 1) >>> 1];
      if (!isBefore(c, parent)) {
        break;
      }
      place(parent, index);
      index = (index - 1) >>> 1;
    }
    place(c, index);
    return index;
  }

  private void siftDown(HtbClass c, int from) {
    int index = from;
    while (2 * index + 1 < size) {
      int child = 2 * index + 1;
      if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
        child++;
      }
      if (!isBefore(heap[child], c)) {
        break;
      }
      place(heap[child], index);
      index = child;
    }
    place(c, index);
  }

  private void place(HtbClass c, int index) {
    heap[index] = c;
    c.wakeupIndex = index;
  }

  private static boolean isBefore(HtbClass a, HtbClass b) {
    long difference = a.wakeupAt - b.wakeupAt;
    return difference < 0 || (difference == 0 && a.id < b.id);
  }
}

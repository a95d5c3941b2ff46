package io.virtentropy.ratelimit.htb;

import java.util.Arrays;

/**
 * The siblings that take turns: deficit round robin (Shreedhar and Varghese 1995), with the head
 * being served.
 *
 * <p>A binary heap in which every turn knows its place, by how long ago a turn ended: who was
 * served before the others comes before them. A class keeps that while it is away. Were it to queue
 * up behind all others when it comes back, a class that is within its guarantee now and then, and
 * borrows in between, would not get its part of what is lent; and a leaf that is served and asks
 * again byte by byte would share by the number of its requests instead of by its quantum. Between
 * two turns of one class every other that waits all the while has one.
 */
final class TurnQueue {
  private Turn[] heap = new Turn[2];
  private int size;

  /** Makes room for so many turns, so that {@link #add} never has to. */
  void reserve(int turns) {
    if (turns > heap.length) {
      heap = Arrays.copyOf(heap, Math.max(turns, heap.length * 2));
    }
  }

  /** The turn that is going on, or begins next; null if nobody waits. */
  Turn head() {
    return size == 0 ? null : heap[0];
  }

  int size() {
    return size;
  }

  void add(Turn turn) {
    siftUp(turn, size++);
  }

  void remove(Turn turn) {
    int hole = turn.index;
    turn.index = Turn.ABSENT;
    Turn last = heap[--size];
    heap[size] = null;
    if (last != turn) {
      siftDown(last, siftUp(last, hole));
    }
  }

  /**
   * Gives the head its quantum if its turn begins.
   *
   * @return what is left of its turn; 1 or more, for no turn is overdrawn by a whole quantum
   */
  long beginTurn() {
    Turn head = heap[0];
    if (head.deficit <= 0) {
      head.deficit += head.owner.limits.quantum();
    }
    return head.deficit;
  }

  /**
   * Charges the head for what it was served; after its turn the next one is the head.
   *
   * @param instant later than all that turns of this tree ended at before
   */
  void served(long bytes, long instant) {
    // Alone there are no turns.
    if (size > 1) {
      Turn head = heap[0];
      head.deficit -= bytes;
      if (head.deficit <= 0) {
        head.endedAt = instant;
        siftDown(head, 0);
      }
    }
  }

  private int siftUp(Turn turn, int from) {
    int index = from;
    while (index > 0) {
      Turn parent = heap[(index - 1) >>> 1];
      if (turn.endedAt >= parent.endedAt) {
        break;
      }
      place(parent, index);
      index = (index - 1) >>> 1;
    }
    place(turn, index);
    return index;
  }

  private void siftDown(Turn turn, int from) {
    int index = from;
    while (2 * index + 1 < size) {
      int child = 2 * index + 1;
      if (child + 1 < size && heap[child + 1].endedAt < heap[child].endedAt) {
        child++;
      }
      if (heap[child].endedAt >= turn.endedAt) {
        break;
      }
      place(heap[child], index);
      index = child;
    }
    place(turn, index);
  }

  private void place(Turn turn, int index) {
    heap[index] = turn;
    turn.index = index;
  }
}

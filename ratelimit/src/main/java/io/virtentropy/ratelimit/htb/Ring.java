package io.virtentropy.ratelimit.htb;

/**
 * The siblings that take turns: deficit round robin (Shreedhar and Varghese 1995), with the head
 * being served.
 *
 * <p>Who comes back with some of its turn left comes first, or leaves that are served and ask again
 * byte by byte would share by the number of their requests instead of by their quanta. That passes
 * over nobody for more than the rest of one quantum.
 */
final class Ring {
  private Turn head;
  private int size;

  Turn head() {
    return head;
  }

  int size() {
    return size;
  }

  void add(Turn turn) {
    if (head == null) {
      turn.next = turn;
      turn.previous = turn;
      head = turn;
    } else {
      turn.next = head;
      turn.previous = head.previous;
      head.previous.next = turn;
      head.previous = turn;
      if (turn.deficit > 0) {
        head = turn;
      }
    }
    size++;
  }

  void remove(Turn turn) {
    if (size == 1) {
      head = null;
    } else {
      turn.previous.next = turn.next;
      turn.next.previous = turn.previous;
      if (head == turn) {
        head = turn.next;
      }
    }
    turn.next = null;
    turn.previous = null;
    size--;
  }

  /**
   * Gives the head its quantum if its turn begins.
   *
   * @return what is left of its turn; 1 or more, for no turn is overdrawn by a whole quantum
   */
  long beginTurn() {
    if (head.deficit <= 0) {
      head.deficit += head.owner.limits.quantum();
    }
    return head.deficit;
  }

  /** Charges the head for what it was served; after its turn the next one is the head. */
  void served(long bytes) {
    // Alone there are no turns.
    if (size > 1) {
      head.deficit -= bytes;
      if (head.deficit <= 0) {
        head = head.next;
      }
    }
  }
}

package io.virtentropy.backends.egd;

/** Exchanges in order, by index: a ring that grows as needed and allocates nothing otherwise. */
final class ExchangeQueue {
  private Exchange[] ring = new Exchange[16];
  private int head;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  Exchange get(int index) {
    return ring[(head + index) & (ring.length - 1)];
  }

  void add(Exchange exchange) {
    if (size == ring.length) {
      Exchange[] larger = new Exchange[2 * size];
      for (int i = 0; i < size; i++) {
        larger[i] = get(i);
      }
      ring = larger;
      head = 0;
    }
    ring[(head + size) & (ring.length - 1)] = exchange;
    size++;
  }

  Exchange removeFirst() {
    Exchange first = ring[head];
    ring[head] = null;
    head = (head + 1) & (ring.length - 1);
    size--;
    return first;
  }

  /** Removes one from anywhere; for what happens seldom. */
  Exchange remove(int index) {
    Exchange removed = get(index);
    int mask = ring.length - 1;
    for (int i = index; i < size - 1; i++) {
      ring[(head + i) & mask] = ring[(head + i + 1) & mask];
    }
    size--;
    ring[(head + size) & mask] = null;
    return removed;
  }
}

package io.virtentropy.conformance.model;

import io.virtentropy.conformance.dut.EgdUnits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * QEMU's {@code rng-egd} and the daemon behind it. Requests are answered in order and whole. They
 * belong to the daemon, not to the device: nothing takes one back.
 */
final class EgdDaemon {
  private final long largestRequest;
  private final ArrayDeque<Long> open = new ArrayDeque<>();
  private final ArrayDeque<Byte> bytes = new ArrayDeque<>();
  private final List<Integer> untold = new ArrayList<>();

  EgdDaemon(long largestRequest) {
    this.largestRequest = largestRequest;
  }

  void ask(long count) {
    long asked = Math.min(count, largestRequest);
    open.add(asked);
    untold.addAll(EgdUnits.of(asked));
  }

  void give(byte[] more) {
    for (byte each : more) {
      bytes.add(each);
    }
  }

  /** Answers the oldest request if all its bytes are there, and tells whether it did. */
  boolean answerOldest(Consumer<byte[]> device) {
    if (open.isEmpty() || bytes.size() < open.peek()) {
      return false;
    }
    byte[] answer = new byte[open.remove().intValue()];
    for (int i = 0; i < answer.length; i++) {
      answer[i] = bytes.remove();
    }
    device.accept(answer);
    return true;
  }

  List<Integer> takeRequests() {
    List<Integer> taken = List.copyOf(untold);
    untold.clear();
    return taken;
  }
}

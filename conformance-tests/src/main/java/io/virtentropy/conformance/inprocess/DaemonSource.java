package io.virtentropy.conformance.inprocess;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.conformance.dut.EgdUnits;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * A source with the manners of QEMU's {@code rng-egd} and a daemon behind it: requests are answered
 * in order and in full, what is delivered beyond them waits for the next, and a request that was
 * given up still takes the bytes it asked for.
 */
final class DaemonSource implements EntropyBackend {
  private record Asked(EntropyRequest request, int length) {}

  private final ArrayDeque<Asked> asked = new ArrayDeque<>();
  private final List<Integer> untold = new ArrayList<>();
  private final ArrayDeque<Byte> bytes = new ArrayDeque<>();

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    return 0;
  }

  @Override
  public void submit(EntropyRequest request) {
    asked.addLast(new Asked(request, request.length()));
    untold.addAll(EgdUnits.of(request.length()));
  }

  List<Integer> takeRequests() {
    List<Integer> taken = List.copyOf(untold);
    untold.clear();
    return taken;
  }

  void add(byte[] more) {
    for (byte each : more) {
      bytes.addLast(each);
    }
  }

  /** Completes the oldest request, if all its bytes are there. */
  boolean completeOldest() {
    Asked oldest = asked.peekFirst();
    if (oldest == null || bytes.size() < oldest.length) {
      return false;
    }
    asked.removeFirst();
    boolean wanted = oldest.request.claim();
    for (int i = 0; i < oldest.length; i++) {
      byte next = bytes.removeFirst();
      if (wanted) {
        oldest.request.target().put(i, next);
      }
    }
    if (wanted) {
      oldest.request.complete(oldest.length);
    }
    return true;
  }

  @Override
  public void close() {
    for (Asked each : asked) {
      each.request.fail(
          new EntropySourceException(
              EntropySourceException.Reason.UNAVAILABLE, "the daemon has ended"));
    }
    asked.clear();
    bytes.clear();
  }
}

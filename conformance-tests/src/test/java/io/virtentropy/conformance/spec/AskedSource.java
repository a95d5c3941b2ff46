package io.virtentropy.conformance.spec;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.conformance.dut.EgdUnits;
import io.virtentropy.conformance.dut.EntropySupply;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A source in the suite's hands: it keeps requests until bytes for all of one are delivered. */
final class AskedSource implements EntropyBackend, EntropySupply {
  private final Deque<EntropyRequest> waiting = new ArrayDeque<>();
  private final Deque<Byte> bytes = new ArrayDeque<>();
  private final List<Integer> asked = new ArrayList<>();
  private final Runnable settle;

  AskedSource(Runnable settle) {
    this.settle = settle;
  }

  @Override
  public List<Integer> takeRequests() {
    settle.run();
    List<Integer> taken = List.copyOf(asked);
    asked.clear();
    return taken;
  }

  @Override
  public void deliver(byte[] delivered) {
    for (byte b : delivered) {
      bytes.addLast(b);
    }
    settle.run();
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    return 0;
  }

  @Override
  public void submit(EntropyRequest request) {
    asked.addAll(EgdUnits.of(request.length()));
    waiting.addLast(request);
  }

  /** Like a daemon, which can't be told: the bytes are read and dropped when they come. */
  @Override
  public void cancel(EntropyRequest request) {}

  /** Completes what can be completed. */
  boolean complete() {
    boolean done = false;
    while (!waiting.isEmpty() && waiting.getFirst().length() <= bytes.size()) {
      EntropyRequest request = waiting.removeFirst();
      int length = request.length();
      boolean wanted = request.claim();
      for (int i = 0; i < length; i++) {
        byte next = bytes.removeFirst();
        if (wanted) {
          request.target().put(i, next);
        }
      }
      if (wanted) {
        request.complete(length);
      }
      done = true;
    }
    return done;
  }

  @Override
  public void close() {
    // The suite's requests end with the device.
  }
}

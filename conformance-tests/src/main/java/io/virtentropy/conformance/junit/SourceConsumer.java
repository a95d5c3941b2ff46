package io.virtentropy.conformance.junit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Who draws on the source of an {@link EntropyBackendContract}, waits for it and checks it. */
final class SourceConsumer {
  static final byte CANARY = 0x5a;

  private final EntropyBackendContract contract;

  /** False once a test has cancelled requests: what was read for them may be gone. */
  private boolean inOrder = true;

  SourceConsumer(EntropyBackendContract contract) {
    this.contract = contract;
  }

  /** From now on bytes may be missing between those that come. */
  void expectGaps() {
    inOrder = false;
  }

  /** A fill: at once if that can be, else with a request. 1 byte at least. */
  int fill(ByteBuffer target, int index, int length) throws Exception {
    EntropyBackend source = contract.source();
    contract.supply(length);
    int n = source.fill(target, index, length);
    assertTrue(n >= 0 && n <= length, n + " of " + length);
    if (n == 0) {
      byte[] bytes = new Waiter(length).getSupplied(length);
      target.put(index, bytes);
      n = bytes.length;
    }
    if (n < length && contract.waitsForSupply()) {
      // What was supplied is taken, so that each test knows what is left: nothing.
      Waiter rest = new Waiter(length);
      while (n < length) {
        byte[] bytes = rest.getSupplied(length - n);
        target.put(index + n, bytes);
        n += bytes.length;
      }
    }
    return n;
  }

  Waiter waiter(int capacity) {
    return new Waiter(capacity);
  }

  /** A request and the means to wait for it. */
  final class Waiter {
    final Semaphore done = new Semaphore(0);
    final EntropyRequest request;

    private Waiter(int capacity) {
      request = new EntropyRequest(capacity, done::release);
    }

    void await() throws InterruptedException {
      SourceConsumer.this.await(done, 1, "a request was not completed");
    }

    byte[] get(int wanted) throws Exception {
      contract.source(); // open, before anything is supplied
      contract.supply(wanted);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      do {
        all.writeBytes(getSupplied(wanted - all.size()));
      } while (all.size() < wanted);
      return all.toByteArray();
    }

    byte[] getSupplied(int wanted) throws Exception {
      request.submitTo(contract.source(), wanted);
      await();
      return outcomeOf();
    }

    byte[] outcomeOf() {
      byte[] bytes = outcome(request);
      request.release();
      return bytes;
    }
  }

  void await(Semaphore done, int permits, String otherwise) throws InterruptedException {
    if (!done.tryAcquire(permits, contract.patience().toMillis(), TimeUnit.MILLISECONDS)) {
      fail(otherwise + " within " + contract.patience());
    }
  }

  <T> T get(FutureTask<T> task, String what) throws Exception {
    try {
      return task.get(contract.patience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return fail(what + " did not end within " + contract.patience());
    }
  }

  void awaitFree(EntropyRequest request) {
    spinUntil(request::isFree, () -> "the source does not let go of " + request);
  }

  void awaitDone(EntropyRequest request) {
    spinUntil(request::isDone, () -> "the source does not answer " + request);
  }

  /** A source may hold on to requests that it had claimed, for a while. */
  private void spinUntil(BooleanSupplier reached, Supplier<String> otherwise) {
    long end = System.nanoTime() + contract.patience().toNanos();
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        fail(otherwise.get() + " within " + contract.patience());
      }
      Thread.onSpinWait();
    }
  }

  static void startDaemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  static void assertOneSentence(EntropySourceException failure) {
    String message = failure.getMessage();
    assertTrue(message != null && !message.isBlank(), "a failure says what went wrong");
    assertFalse(message.contains("\n"), () -> "one sentence: " + message);
  }

  static byte[] outcome(EntropyRequest request) {
    if (request.failure() != null) {
      throw new AssertionError("the source failed", request.failure());
    }
    byte[] bytes = new byte[request.delivered()];
    request.bytes().get(0, bytes);
    return bytes;
  }

  /** Checks that no 8 bytes are zeros or the same as others, and known bytes for what they are. */
  void assertFresh(byte[] stream) {
    Set<Long> seen = new HashSet<>();
    ByteBuffer words = ByteBuffer.wrap(stream);
    while (words.remaining() >= Long.BYTES) {
      int at = words.position();
      long word = words.getLong();
      assertTrue(word != 0, "zeros at " + at);
      assertTrue(seen.add(word), "seen before: 8 bytes at " + at);
    }
    byte[] known = contract.known(stream.length);
    if (known != null && inOrder) {
      assertArrayEquals(known, stream);
    }
  }

  static void assertWiped(EntropyRequest request) {
    ByteBuffer buffer = request.target();
    for (int i = 0; i < buffer.capacity(); i++) {
      assertEquals(0, buffer.get(i), "byte " + i + " of a free request's buffer");
    }
  }

  static byte[] canaries(int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, CANARY);
    return bytes;
  }
}

package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * What every source of entropy must do, whatever it reads. A source is tested by a class that
 * extends this one and says how to open it; if it delivers only what somebody supplies, also how to
 * supply it.
 *
 * <p>Nothing here measures time: a source that never answers runs into the timeout.
 */
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
abstract class EntropyBackendContract {
  private static final byte CANARY = 0x5a;

  /** The most that is supplied or asked for at once; terminals hold no more than 4 KiB. */
  private static final int PORTION = 1024;

  private EntropyBackend source;

  /** False once a test has cancelled requests: what was read for them may be gone. */
  private boolean inOrder = true;

  /** Opens the source, fresh: nothing has been delivered by it or is left over in it. */
  protected abstract EntropyBackend open() throws Exception;

  /** Sees to it that the source will have this many more bytes; does nothing if it always has. */
  protected void supply(int bytes) throws Exception {}

  /** Says whether the source delivers nothing until {@link #supply} is called. */
  protected boolean waitsForSupply() {
    return false;
  }

  /** The first bytes of what the source delivers, if that is known, else null. */
  protected byte[] known(int bytes) {
    return null;
  }

  private EntropyBackend source() throws Exception {
    if (source == null) {
      source = open();
    }
    return source;
  }

  @AfterEach
  void closeSource() {
    if (source != null) {
      source.close();
    }
  }

  @Test
  void should_write_only_what_it_says_and_only_where_it_was_asked_to() throws Exception {
    for (int length : new int[] {1, 2, 7, 8, 9, 63, 64, 65, 500, PORTION}) {
      ByteBuffer target = canaries(PORTION + 20);
      target.position(3).limit(11 + length);

      int n = fill(target, 11, length);

      assertEquals(3, target.position());
      assertEquals(11 + length, target.limit());
      assertEquals(ByteOrder.BIG_ENDIAN, target.order());
      target.clear();
      for (int i = 0; i < target.capacity(); i++) {
        if (i < 11 || i >= 11 + n) {
          assertEquals(CANARY, target.get(i), "byte " + i + " of a fill of " + n + " from 11 on");
        }
      }
    }
  }

  @Test
  void should_fill_whatever_kind_of_buffer_it_is_given() throws Exception {
    List<ByteBuffer> targets =
        List.of(
            ByteBuffer.allocate(256),
            ByteBuffer.allocateDirect(256),
            ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN),
            ByteBuffer.allocateDirect(256).order(ByteOrder.LITTLE_ENDIAN),
            ByteBuffer.allocate(300).slice(13, 256),
            ByteBuffer.allocateDirect(300).slice(13, 256).order(ByteOrder.LITTLE_ENDIAN));
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuffer target : targets) {
      ByteOrder order = target.order();
      int done = 0;
      while (done < 256) {
        done += fill(target, done, Math.min(37, 256 - done));
      }
      assertEquals(order, target.order());
      byte[] bytes = new byte[256];
      target.get(0, bytes);
      all.writeBytes(bytes);
    }
    assertFresh(all.toByteArray());
  }

  @Test
  void should_deliver_no_byte_twice() throws Exception {
    Random sizes = new Random(20261123);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer target = ByteBuffer.allocate(PORTION);
    Waiter waiter = new Waiter(PORTION);
    while (all.size() < 64 * 1024) {
      int wanted = 1 + sizes.nextInt(sizes.nextBoolean() ? 80 : PORTION);
      byte[] bytes;
      if (sizes.nextBoolean()) {
        int n = fill(target, 0, wanted);
        bytes = Arrays.copyOf(target.array(), n);
      } else {
        bytes = waiter.get(wanted);
      }
      all.writeBytes(bytes);
    }
    assertFresh(all.toByteArray());
  }

  @Test
  void should_complete_requests_in_the_order_they_were_submitted() throws Exception {
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    Semaphore done = new Semaphore(0);
    List<EntropyRequest> requests = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      int number = i;
      requests.add(
          new EntropyRequest(
              16,
              () -> {
                order.add(number);
                done.release();
              }));
    }
    for (EntropyRequest request : requests) {
      request.submitTo(source(), 16);
    }
    supply(50 * 16);

    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (EntropyRequest request : requests) {
      done.acquire();
      all.writeBytes(outcome(request));
    }
    assertEquals(order.stream().sorted().toList(), order);
    assertFresh(all.toByteArray());
  }

  @Test
  void should_write_no_further_than_it_delivers_and_leave_nothing_behind() throws Exception {
    Waiter waiter = new Waiter(PORTION);
    for (int wanted : new int[] {1, 16, 100, PORTION, 3}) {
      waiter.request.submitTo(source(), wanted);
      supply(wanted);
      waiter.done.acquire();
      ByteBuffer buffer = waiter.request.bytes();
      int n = waiter.request.delivered();
      assertTrue(n >= 1 && n <= wanted, n + " of " + wanted);
      buffer.clear();
      for (int i = n; i < buffer.capacity(); i++) {
        assertEquals(0, buffer.get(i), "byte " + i + " behind " + n + " delivered");
      }
      waiter.request.release();
      assertWiped(waiter.request);
      while (n < wanted) {
        n += waiter.getSupplied(wanted - n).length;
      }
    }
  }

  @Test
  void should_let_go_of_cancelled_requests_and_serve_the_next() throws Exception {
    Random random = new Random(20261123);
    List<EntropyRequest> requests = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      requests.add(new EntropyRequest(32, () -> {}));
    }
    for (EntropyRequest request : requests) {
      request.submitTo(source(), 32);
    }
    if (waitsForSupply()) {
      assertFalse(requests.get(0).isDone(), "nothing has been supplied");
    }
    Collections.shuffle(requests, random);
    inOrder = false;
    for (EntropyRequest request : requests) {
      request.cancel();
      assertFalse(request.isDone());
    }
    ByteBuffer some = ByteBuffer.allocate(PORTION);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 20; i++) {
      int n = fill(some, 0, 48);
      all.writeBytes(Arrays.copyOf(some.array(), n));
    }
    assertFresh(all.toByteArray());
    for (EntropyRequest request : requests) {
      while (!request.isFree()) {
        Thread.onSpinWait(); // a source may hold on to those that it had claimed, for a while
      }
      assertWiped(request);
    }
  }

  @Test
  void should_serve_a_request_again_and_again_after_cancels() throws Exception {
    inOrder = false;
    Waiter waiter = new Waiter(64);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 200; i++) {
      waiter.request.submitTo(source(), 64);
      waiter.request.cancel();
      while (!waiter.request.isFree()) {
        Thread.onSpinWait();
      }
      assertWiped(waiter.request);
      waiter.done.drainPermits();
      if (i % 10 == 0) {
        all.writeBytes(waiter.get(64));
      }
    }
    assertFresh(all.toByteArray());
  }

  @Test
  void should_end_every_request_when_it_is_closed() throws Exception {
    List<EntropyRequest> requests = new ArrayList<>();
    Semaphore done = new Semaphore(0);
    for (int i = 0; i < 20; i++) {
      EntropyRequest request = new EntropyRequest(32, done::release);
      request.submitTo(source(), 32);
      requests.add(request);
    }

    FutureTask<Void> closing = new FutureTask<>(source::close, null);
    new Thread(closing, "closing").start();
    closing.get();
    done.acquire(20);
    source.close();

    for (EntropyRequest request : requests) {
      if (waitsForSupply()) {
        assertEquals(Reason.CLOSED, request.failure().reason());
        assertEquals(
            "the source " + source.toString().substring("random:".length()) + " has been closed",
            request.failure().getMessage());
      }
      request.release();
      assertWiped(request);
    }
    EntropyRequest late = new EntropyRequest(32, done::release);
    late.submitTo(source, 32);
    done.acquire();
    if (waitsForSupply()) {
      assertEquals(Reason.CLOSED, late.failure().reason());
    }
    late.cancel();
    assertTrue(late.isFree());
  }

  @Test
  void should_deliver_nothing_wrong_when_it_is_closed_under_a_fill() throws Exception {
    for (int round = waitsForSupply() ? 49 : 0; round < 50; round++) {
      EntropyBackend closed = open();
      Semaphore started = new Semaphore(0);
      FutureTask<byte[]> filling = new FutureTask<>(() -> fillUntilClosed(closed, started));
      new Thread(filling, "filling").start();
      started.acquire();
      closed.close();
      assertFresh(filling.get());
    }
  }

  private static byte[] fillUntilClosed(EntropyBackend closed, Semaphore started) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer target = ByteBuffer.allocate(PORTION);
    // A source that holds nothing may go on after it was closed.
    while (all.size() < 256 * 1024) {
      int n;
      try {
        n = closed.fill(target, 0, PORTION);
      } catch (EntropySourceException e) {
        assertTrue(e.reason() == Reason.CLOSED || e.reason() == Reason.END_OF_FILE, e::toString);
        n = 0;
      }
      all.write(target.array(), 0, n);
      started.release();
      if (n == 0) {
        break;
      }
    }
    return all.toByteArray();
  }

  @Test
  void should_not_mind_that_its_caller_is_interrupted() throws Exception {
    Waiter waiter = new Waiter(64);
    ByteBuffer target = ByteBuffer.allocate(64);
    source();
    supply(128);
    Thread.currentThread().interrupt();
    int n;
    try {
      n = source.fill(target, 0, 64);
      waiter.request.submitTo(source, 64);
      assertTrue(Thread.currentThread().isInterrupted(), "the interrupt was swallowed");
    } finally {
      assertTrue(Thread.interrupted());
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(target.array(), 0, n);
    waiter.done.acquire();
    all.writeBytes(waiter.outcomeOf());
    for (int i = 0; i < 100; i++) {
      all.writeBytes(waiter.get(64));
    }
    assertFresh(all.toByteArray());
  }

  @Test
  void should_not_show_contents() throws Exception {
    ByteBuffer target = ByteBuffer.allocate(64);
    String before = source().toString();
    fill(target, 0, 64);
    assertEquals(before, source.toString());
  }

  /** A fill of the consumer's: at once if that can be, else with a request. 1 byte at least. */
  private int fill(ByteBuffer target, int index, int length) throws Exception {
    source();
    supply(length);
    int n = source.fill(target, index, length);
    assertTrue(n >= 0 && n <= length, n + " of " + length);
    if (n == 0) {
      byte[] bytes = new Waiter(length).getSupplied(length);
      target.put(index, bytes);
      n = bytes.length;
    }
    if (n < length && waitsForSupply()) {
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

  /** A request and the means to wait for it. */
  private final class Waiter {
    final Semaphore done = new Semaphore(0);
    final EntropyRequest request;

    Waiter(int capacity) {
      request = new EntropyRequest(capacity, done::release);
    }

    byte[] get(int wanted) throws Exception {
      source();
      supply(wanted);
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      do {
        all.writeBytes(getSupplied(wanted - all.size()));
      } while (all.size() < wanted);
      return all.toByteArray();
    }

    byte[] getSupplied(int wanted) throws Exception {
      request.submitTo(source, wanted);
      done.acquire();
      return outcomeOf();
    }

    byte[] outcomeOf() {
      byte[] bytes = outcome(request);
      request.release();
      return bytes;
    }
  }

  private static byte[] outcome(EntropyRequest request) {
    if (request.failure() != null) {
      throw new AssertionError("the source failed", request.failure());
    }
    byte[] bytes = new byte[request.delivered()];
    request.bytes().get(0, bytes);
    return bytes;
  }

  /** Checks that no 8 bytes are zeros or the same as others, and known bytes for what they are. */
  private void assertFresh(byte[] stream) {
    Set<Long> seen = new HashSet<>();
    ByteBuffer words = ByteBuffer.wrap(stream);
    while (words.remaining() >= Long.BYTES) {
      int at = words.position();
      long word = words.getLong();
      assertTrue(word != 0, "zeros at " + at);
      assertTrue(seen.add(word), "seen before: 8 bytes at " + at);
    }
    byte[] known = known(stream.length);
    if (known != null && inOrder) {
      assertArrayEquals(known, stream);
    }
  }

  private static void assertWiped(EntropyRequest request) {
    ByteBuffer buffer = request.target();
    for (int i = 0; i < buffer.capacity(); i++) {
      assertEquals(0, buffer.get(i), "byte " + i + " of a free request's buffer");
    }
  }

  private static ByteBuffer canaries(int size) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, CANARY);
    return ByteBuffer.wrap(bytes);
  }
}

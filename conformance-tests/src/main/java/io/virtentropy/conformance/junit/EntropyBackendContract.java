package io.virtentropy.conformance.junit;

import static io.virtentropy.conformance.junit.SourceConsumer.CANARY;
import static io.virtentropy.conformance.junit.SourceConsumer.assertOneSentence;
import static io.virtentropy.conformance.junit.SourceConsumer.assertWiped;
import static io.virtentropy.conformance.junit.SourceConsumer.canaries;
import static io.virtentropy.conformance.junit.SourceConsumer.outcome;
import static io.virtentropy.conformance.junit.SourceConsumer.startDaemon;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.conformance.junit.SourceConsumer.Waiter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/**
 * What every source of entropy must do, whatever it reads. A source is tested by a class that
 * extends this one and says how to open it:
 *
 * <pre>{@code
 * final class DiceTest extends EntropyBackendContract {
 *   @Override
 *   protected EntropyBackend open() {
 *     return new Dice();
 *   }
 * }
 * }</pre>
 *
 * <p>A source that delivers only what somebody supplies also overrides {@link #supply} and {@link
 * #waitsForSupply}; one whose bytes are known beforehand {@link #known}; one that can be made to
 * fail {@link #breakDown} and {@link #repair}. What is not overridden and needed counts as aborted,
 * with its reason.
 *
 * <p>Nothing here measures time. A source that never answers is waited for until {@link #patience}
 * ends.
 *
 * <p>The source is opened and used by JUnit's thread and by threads that the tests make.
 */
@Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
public abstract class EntropyBackendContract {
  /** The most that is supplied or asked for at once; terminals hold no more than 4 KiB. */
  private static final int PORTION = 1024;

  private EntropyBackend source;
  private SourceConsumer consumer;

  /** For classes that extend this. */
  protected EntropyBackendContract() {}

  /**
   * Opens the source, fresh: nothing has been delivered by it or is left over in it.
   *
   * @return the open source
   * @throws Exception if that is not possible, which fails the test
   */
  protected abstract EntropyBackend open() throws Exception;

  /**
   * Sees to it that the source will have more bytes; does nothing if it always has.
   *
   * @param bytes how many more, 1 or more
   * @throws Exception if that is not possible, which fails the test
   */
  protected void supply(int bytes) throws Exception {}

  /**
   * Says whether the source delivers nothing until {@link #supply} is called.
   *
   * @return true if it waits; false unless overridden
   */
  protected boolean waitsForSupply() {
    return false;
  }

  /**
   * The first bytes of what the source delivers, if that is known.
   *
   * @param bytes how many
   * @return so many bytes, the same in every call; null unless overridden
   */
  protected byte[] known(int bytes) {
    return null;
  }

  /**
   * Makes the opened source fail, as soon as it needs what it reads from, until {@link #repair}.
   *
   * @return true if it fails now; false, as it is unless overridden, if it can't be made to
   * @throws Exception if that is not possible, which fails the test
   */
  protected boolean breakDown() throws Exception {
    return false;
  }

  /**
   * Undoes {@link #breakDown}.
   *
   * @throws Exception if that is not possible, which fails the test
   */
  protected void repair() throws Exception {}

  /**
   * How long a test waits for an answer that must come: long enough for the slowest machine, as it
   * decides how late a failure is told and nothing else.
   *
   * @return 60 seconds unless overridden
   */
  protected Duration patience() {
    return Duration.ofSeconds(60);
  }

  final EntropyBackend source() throws Exception {
    if (source == null) {
      source = open();
    }
    return source;
  }

  @BeforeEach
  void meetConsumer() {
    consumer = new SourceConsumer(this);
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
      ByteBuffer target = ByteBuffer.wrap(canaries(PORTION + 20));
      target.position(3).limit(11 + length);

      int n = consumer.fill(target, 11, length);

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
        done += consumer.fill(target, done, Math.min(37, 256 - done));
      }
      assertEquals(order, target.order());
      byte[] bytes = new byte[256];
      target.get(0, bytes);
      all.writeBytes(bytes);
    }
    consumer.assertFresh(all.toByteArray());
  }

  @Test
  void should_deliver_no_byte_twice() throws Exception {
    Random sizes = new Random(20261123);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer target = ByteBuffer.allocate(PORTION);
    Waiter waiter = consumer.waiter(PORTION);
    while (all.size() < 64 * 1024) {
      int wanted = 1 + sizes.nextInt(sizes.nextBoolean() ? 80 : PORTION);
      byte[] bytes;
      if (sizes.nextBoolean()) {
        int n = consumer.fill(target, 0, wanted);
        bytes = Arrays.copyOf(target.array(), n);
      } else {
        bytes = waiter.get(wanted);
      }
      all.writeBytes(bytes);
    }
    consumer.assertFresh(all.toByteArray());
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
      consumer.await(done, 1, "not every request was completed");
      all.writeBytes(outcome(request));
    }
    assertEquals(order.stream().sorted().toList(), order);
    consumer.assertFresh(all.toByteArray());
  }

  @Test
  void should_write_no_further_than_it_delivers_and_leave_nothing_behind() throws Exception {
    Waiter waiter = consumer.waiter(PORTION);
    for (int wanted : new int[] {1, 16, 100, PORTION, 3}) {
      waiter.request.submitTo(source(), wanted);
      supply(wanted);
      waiter.await();
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
    consumer.expectGaps();
    for (EntropyRequest request : requests) {
      request.cancel();
      assertFalse(request.isDone());
    }
    ByteBuffer some = ByteBuffer.allocate(PORTION);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 20; i++) {
      int n = consumer.fill(some, 0, 48);
      all.writeBytes(Arrays.copyOf(some.array(), n));
    }
    consumer.assertFresh(all.toByteArray());
    for (EntropyRequest request : requests) {
      consumer.awaitFree(request);
      assertWiped(request);
    }
  }

  @Test
  void should_serve_a_request_again_and_again_after_cancels() throws Exception {
    consumer.expectGaps();
    Waiter waiter = consumer.waiter(64);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < 200; i++) {
      waiter.request.submitTo(source(), 64);
      waiter.request.cancel();
      consumer.awaitFree(waiter.request);
      assertWiped(waiter.request);
      waiter.done.drainPermits();
      if (i % 10 == 0) {
        all.writeBytes(waiter.get(64));
      }
    }
    consumer.assertFresh(all.toByteArray());
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
    startDaemon(closing, "closing");
    consumer.get(closing, "the close of the source");
    consumer.await(done, 20, "a request outlived the close of its source");
    source.close();

    for (EntropyRequest request : requests) {
      if (waitsForSupply()) {
        assertEquals(Reason.CLOSED, request.failure().reason());
        assertOneSentence(request.failure());
      }
      request.release();
      assertWiped(request);
    }
    EntropyRequest late = new EntropyRequest(32, done::release);
    late.submitTo(source, 32);
    consumer.await(done, 1, "a request that came after the close was not answered");
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
      startDaemon(filling, "filling");
      consumer.await(started, 1, "nothing was filled");
      closed.close();
      consumer.assertFresh(consumer.get(filling, "a fill under which the source was closed"));
    }
  }

  private static byte[] fillUntilClosed(EntropyBackend closed, Semaphore started) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer target = ByteBuffer.allocate(PORTION);
    // A source that holds nothing may go on after it was closed.
    while (all.size() < 64 * 1024) {
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
    Waiter waiter = consumer.waiter(64);
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
    waiter.await();
    all.writeBytes(waiter.outcomeOf());
    for (int i = 0; i < 100; i++) {
      all.writeBytes(waiter.get(64));
    }
    consumer.assertFresh(all.toByteArray());
  }

  @Test
  void should_return_from_a_fill_rather_than_wait() throws Exception {
    ByteBuffer target = ByteBuffer.wrap(canaries(PORTION));
    EntropyBackend asked = source();
    FutureTask<Integer> filling = new FutureTask<>(() -> asked.fill(target, 0, PORTION));
    startDaemon(filling, "filling");
    int n = consumer.get(filling, "a fill that must not wait");
    if (waitsForSupply()) {
      assertEquals(0, n, "bytes of a source that has none");
    }
    for (int i = n; i < PORTION; i++) {
      assertEquals(CANARY, target.get(i), "byte " + i + " of a fill of " + n);
    }
  }

  @Test
  void should_take_what_comes_in_small_pieces() throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Waiter waiter = consumer.waiter(100);
    for (int round = 0; round < 10; round++) {
      waiter.request.submitTo(source(), 100);
      for (int i = 0; i < 10; i++) {
        supply(10);
      }
      waiter.await();
      byte[] first = waiter.outcomeOf();
      all.writeBytes(first);
      for (int left = 100 - first.length; left > 0; ) {
        byte[] more = waiter.getSupplied(left);
        all.writeBytes(more);
        left -= more.length;
      }
    }
    assertEquals(1000, all.size());
    consumer.assertFresh(all.toByteArray());
  }

  @Test
  void should_not_mind_which_thread_calls_as_long_as_it_is_one_at_a_time() throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Waiter waiter = consumer.waiter(64);
    source();
    for (int i = 0; i < 50; i++) {
      supply(64);
      FutureTask<Void> submitting =
          new FutureTask<>(() -> waiter.request.submitTo(source, 64), null);
      startDaemon(submitting, "submitting");
      consumer.get(submitting, "a submit");
      waiter.await();
      FutureTask<byte[]> reading = new FutureTask<>(waiter::outcomeOf);
      startDaemon(reading, "reading");
      byte[] bytes = consumer.get(reading, "reading what was delivered");
      all.writeBytes(bytes);
      for (int left = 64 - bytes.length; left > 0; ) {
        byte[] more = waiter.getSupplied(left);
        all.writeBytes(more);
        left -= more.length;
      }
    }
    consumer.assertFresh(all.toByteArray());
  }

  @Test
  void should_take_a_request_from_within_the_wake_up_of_another() throws Exception {
    int count = 20;
    EntropyBackend asked = source();
    Semaphore done = new Semaphore(0);
    List<EntropyRequest> requests = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int next = i + 1;
      requests.add(
          new EntropyRequest(
              16,
              () -> {
                if (next < count) {
                  requests.get(next).submitTo(asked, 16);
                }
                done.release();
              }));
    }
    requests.get(0).submitTo(asked, 16);
    supply(16 * count);
    consumer.await(done, count, "a request submitted by the wake-up of another was not completed");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (EntropyRequest request : requests) {
      all.writeBytes(outcome(request));
    }
    consumer.assertFresh(all.toByteArray());
  }

  @Test
  void should_deliver_nothing_twice_and_nothing_to_the_wrong_one_when_cancelled_while_delivering()
      throws Exception {
    consumer.expectGaps();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    source();
    EntropyRequest[] pair = {new EntropyRequest(16, () -> {}), new EntropyRequest(16, () -> {})};
    for (int round = 0; round < 100; round++) {
      for (EntropyRequest request : pair) {
        request.submitTo(source, 16);
      }
      FutureTask<Void> supplying =
          new FutureTask<>(
              () -> {
                supply(16);
                return null;
              });
      startDaemon(supplying, "supplying");
      for (int i = round % 50; i > 0; i--) {
        Thread.onSpinWait();
      }
      pair[0].cancel();
      consumer.get(supplying, "supplying bytes");
      consumer.awaitFree(pair[0]);
      assertWiped(pair[0]);
      // What was read for the first serves the second, or was lost with it.
      supply(16);
      consumer.awaitDone(pair[1]);
      all.writeBytes(outcome(pair[1]));
      pair[1].release();
      assertWiped(pair[1]);
    }
    consumer.assertFresh(all.toByteArray());
  }

  @Test
  void should_keep_nothing_of_what_it_has_delivered() throws Exception {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer target = ByteBuffer.allocate(PORTION);
    Waiter waiter = consumer.waiter(PORTION);
    for (int wanted : new int[] {16, 100, PORTION, 33}) {
      int n = consumer.fill(target, 0, wanted);
      all.write(target.array(), 0, n);
      all.writeBytes(waiter.get(wanted));
      String where = HeldBytes.find(all.toByteArray(), source);
      assertNull(where, () -> "delivered bytes stand in the source's memory, " + where);
    }
  }

  @Test
  void should_wipe_what_it_holds_when_it_is_closed() throws Exception {
    // What is the same before and after is a constant or was wiped as it was handed out.
    List<byte[]> before = HeldBytes.of(source()).stream().map(HeldBytes::contents).toList();
    consumer.fill(ByteBuffer.allocate(PORTION), 0, 100);
    List<ByteBuffer> held = HeldBytes.of(source);
    source.close();
    for (ByteBuffer buffer : held) {
      byte[] after = HeldBytes.contents(buffer);
      if (before.stream().noneMatch(constant -> Arrays.equals(constant, after))) {
        assertArrayEquals(
            new byte[after.length],
            after,
            "a buffer of " + after.length + " bytes is not wiped when the source has been closed");
      }
    }
  }

  @Test
  void should_fail_in_one_sentence_and_with_nothing_written_and_serve_again_when_repaired()
      throws Exception {
    source();
    assumeTrue(breakDown(), "this source can't be made to fail");
    ByteBuffer target = ByteBuffer.wrap(canaries(64));
    Waiter waiter = consumer.waiter(64);
    for (int round = 0; round < 3; round++) {
      try {
        assertEquals(0, source.fill(target, 0, 64), "bytes of a source that has failed");
      } catch (EntropySourceException e) {
        assertOneSentence(e);
      }
      assertArrayEquals(canaries(64), target.array(), "a fill that failed has written");
      waiter.request.submitTo(source, 64);
      waiter.await();
      EntropySourceException failure = waiter.request.failure();
      assertNotNull(failure, "bytes of a source that has failed");
      assertOneSentence(failure);
      waiter.request.release();
      assertWiped(waiter.request);
    }
    repair();
    consumer.assertFresh(waiter.get(64));
  }

  @Test
  void should_not_show_contents() throws Exception {
    ByteBuffer target = ByteBuffer.allocate(64);
    String before = source().toString();
    int n = consumer.fill(target, 0, 64);
    assertEquals(before, source.toString());
    assertFalse(before.isBlank(), "a name for the operator");
    assertTrue(n > 0);
  }
}

package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.bench.QueueBench.BUFFERS;
import static io.virtentropy.virtio.bench.QueueBench.TABLES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.driver.ChainPiece;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

@Label("A split ring between a well-behaved driver and the device")
final class SplitRingProperties {
  enum Op {
    POST,
    POST_INDIRECT,
    PUBLISH,
    POP,
    PUT_BACK,
    PUSH,
    DEVICE_PUBLISH,
    EXPECT_KICKS,
    REAP
  }

  record Action(Op op, List<Integer> lengths, int pick) {}

  private record Posted(int head, List<Integer> writable) {}

  private record Used(int head, int length) {}

  @Provide
  Arbitrary<List<Action>> actions() {
    Arbitrary<List<Integer>> lengths =
        Arbitraries.integers().between(-5, 40).list().ofMinSize(1).ofMaxSize(4);
    return Combinators.combine(
            Arbitraries.of(Op.values()), lengths, Arbitraries.integers().between(0, 20))
        .as(Action::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(120);
  }

  /** Readable pieces for the negative numbers, before the writable ones for the others. */
  private static List<ChainPiece> pieces(List<Integer> lengths) {
    List<ChainPiece> pieces = new ArrayList<>();
    for (int length : lengths) {
      if (length < 0) {
        pieces.add(ChainPiece.readable(BUFFERS - 1, -length));
      }
    }
    for (int length : lengths) {
      if (length >= 0) {
        pieces.add(ChainPiece.writable(BUFFERS + length, length));
      }
    }
    return pieces;
  }

  @Property(tries = 1500)
  @Label("should carry every chain once, in order, and every used element back")
  void model(
      @ForAll("actions") List<Action> actions,
      @ForAll @IntRange(max = 5) int sizeLog,
      @ForAll boolean eventIndex,
      @ForAll @IntRange(max = 0xffff) int start) {
    int size = 1 << sizeLog;
    QueueBench bench = new QueueBench(QueueBench.ram(), size, eventIndex, true);
    bench.driver.startAt(start);
    bench.queue.setPosition(start, start);
    Deque<Posted> posted = new ArrayDeque<>();
    Deque<Posted> published = new ArrayDeque<>();
    List<Posted> popped = new ArrayList<>();
    Deque<Used> pushed = new ArrayDeque<>();
    Deque<Used> visible = new ArrayDeque<>();
    int free = size;
    int sinceTaken = 0;
    for (Action action : actions) {
      switch (action.op()) {
        case POST, POST_INDIRECT -> {
          boolean indirect = action.op() == Op.POST_INDIRECT;
          int needed = indirect ? 1 : action.lengths().size();
          if (needed <= free && action.lengths().size() <= size) {
            List<ChainPiece> pieces = pieces(action.lengths());
            long table = TABLES + 64L * (bench.driver.nextAvail() & 63);
            int head =
                indirect
                    ? bench.driver.postIndirect(List.of(), table, pieces)
                    : bench.driver.post(pieces);
            free -= needed;
            posted.add(new Posted(head, action.lengths().stream().filter(n -> n > 0).toList()));
          }
        }
        case PUBLISH -> {
          bench.driver.publish();
          published.addAll(posted);
          posted.clear();
        }
        case POP -> {
          if (published.isEmpty()) {
            bench.expectEmpty();
          } else {
            Posted wanted = published.remove();
            bench.pop();
            assertEquals(wanted.head(), bench.chain.head());
            List<Integer> found = new ArrayList<>();
            for (int i = 0; i < bench.chain.pieces(); i++) {
              assertEquals(BUFFERS + bench.chain.length(i), bench.chain.address(i));
              found.add((int) bench.chain.length(i));
            }
            assertEquals(wanted.writable(), found);
            popped.add(wanted);
            sinceTaken++;
          }
        }
        case PUT_BACK -> {
          int count = Math.min(sinceTaken, action.pick());
          bench.queue.putBack(count);
          for (int i = 0; i < count; i++) {
            published.addFirst(popped.remove(popped.size() - 1));
          }
          sinceTaken -= count;
        }
        case PUSH -> {
          if (!popped.isEmpty()) {
            // Any of them: the order of use is free (BASE-NTF-04).
            Posted done = popped.remove(action.pick() % popped.size());
            sinceTaken = 0;
            bench.queue.push(done.head(), action.pick());
            pushed.add(new Used(done.head(), action.pick()));
          }
        }
        case DEVICE_PUBLISH -> {
          boolean notify = bench.queue.publish();
          assertEquals(!pushed.isEmpty() && notify, notify);
          visible.addAll(pushed);
          pushed.clear();
        }
        case EXPECT_KICKS -> {
          boolean more = bench.queue.expectKicks();
          assertTrue(!more || !published.isEmpty());
          if (eventIndex) {
            assertEquals(!published.isEmpty(), more);
          }
        }
        case REAP -> {
          assertEquals(!visible.isEmpty(), bench.driver.reap());
          if (!visible.isEmpty()) {
            Used wanted = visible.remove();
            assertEquals(wanted.head(), bench.driver.reapedHead());
            assertEquals(wanted.length(), bench.driver.reapedLength());
            free = bench.driver.freeDescriptors();
          }
        }
      }
      assertEquals(null, bench.queue.fault());
      assertEquals(!published.isEmpty(), bench.queue.hasAvailable());
    }
    assertFalse(bench.driver.freeDescriptors() > size);
  }
}

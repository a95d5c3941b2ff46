package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.bench.QueueBench.BUFFERS;
import static io.virtentropy.virtio.bench.QueueBench.RAM;
import static io.virtentropy.virtio.bench.QueueBench.TABLES;
import static io.virtentropy.virtio.driver.ChainPiece.readable;
import static io.virtentropy.virtio.driver.ChainPiece.writable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.bench.SpyMemory.Access;
import io.virtentropy.virtio.bench.SpyMemory.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a split queue reads and writes of guest memory")
final class AccessTest {
  private final SpyMemory spy = new SpyMemory(QueueBench.ram());
  private final QueueBench bench = new QueueBench(spy, 8, true, true);
  private final long table = bench.driver.descriptorTable();
  private final long avail = bench.driver.availRing();
  private final long used = bench.driver.usedRing();

  private void serveOne() {
    spy.forget();
    bench.pop();
    bench.queue.push(bench.chain.head(), 64);
    bench.queue.publish();
    bench.queue.expectKicks();
  }

  @Test
  @DisplayName(
      "should store element, then idx, then read used_event behind a fence (VQ-SPLIT-15, -20, MIST-02, MIST-05)")
  void order() {
    bench.driver.post(BUFFERS, 64);
    bench.driver.publish();
    serveOne();
    List<String> order = new ArrayList<>();
    for (Access access : spy.accesses()) {
      order.add(name(access));
    }
    assertEquals(
        List.of(
            "READ avail.idx ordered",
            "READ avail.ring",
            "READ table",
            "READ table",
            "WRITE used.ring",
            "WRITE used.idx ordered",
            "FENCE",
            "READ used_event",
            "WRITE avail_event",
            "FENCE",
            "READ avail.idx ordered"),
        order);
  }

  private String name(Access access) {
    if (access.kind() == Kind.FENCE) {
      return "FENCE";
    }
    long at = access.address();
    String where;
    if (at >= used) {
      where = at == used + 2 ? "used.idx" : at == used + 4 + 64 ? "avail_event" : "used.ring";
    } else if (at >= avail) {
      where = at == avail + 2 ? "avail.idx" : at == avail + 4 + 16 ? "used_event" : "avail.ring";
    } else {
      where = "table";
    }
    return access.kind() + " " + where + (access.ordered() ? " ordered" : "");
  }

  @Test
  @DisplayName(
      "should never write table, available ring or indirect table (VQ-SPLIT-07, -18, VQ-IND-12)")
  void neverWritten() {
    for (int i = 0; i < 30; i++) {
      bench.driver.postIndirect(
          List.of(readable(BUFFERS, 8)), TABLES, List.of(writable(BUFFERS + 64, 64)));
      bench.driver.publish();
      serveOne();
      assertEquals(List.of(), spy.writes(table, 16 * 8));
      assertEquals(List.of(), spy.writes(avail, 6 + 2 * 8));
      assertEquals(List.of(), spy.writes(TABLES, 16));
      assertEquals(List.of(), spy.writes(used, 2), "flags, VQ-EVT-09");
      assertTrue(bench.driver.reap());
    }
  }

  @Test
  @DisplayName("should read neither buffers nor the used ring (VQ-SPLIT-06)")
  void neverRead() {
    bench.driver.post(List.of(readable(BUFFERS, 64), writable(BUFFERS + 64, 64)));
    bench.driver.publish();
    serveOne();
    assertEquals(List.of(), spy.reads(BUFFERS, 128));
    assertEquals(List.of(), spy.writes(BUFFERS, 128), "filling is not the queue's");
    assertEquals(List.of(), spy.reads(used, 4 + 8 * 8 + 2));
  }

  @Test
  @DisplayName("should keep off the event fields without the event index (VQ-EVT-20)")
  void eventFields() {
    QueueBench plain = new QueueBench(spy, 8, false, true);
    plain.driver.post(BUFFERS, 64);
    plain.driver.publish();
    spy.forget();
    plain.queue.suppressKicks();
    plain.pop();
    plain.push(64);
    plain.queue.expectKicks();
    assertEquals(List.of(), spy.reads(avail + 4 + 16, 2));
    assertEquals(List.of(), spy.writes(used + 4 + 64, 64));
    assertEquals(List.of(), spy.reads(used, 4 + 64 + 64));
  }

  @Test
  @DisplayName("should touch nothing when it is placed and enabled")
  void enabling() {
    spy.forget();
    SplitVirtqueue queue = new SplitVirtqueue(spy, 8);
    queue.place(RAM, RAM + 0x1000, RAM + 0x2000);
    assertTrue(queue.enable(true, true));
    assertEquals(List.of(), spy.accesses());
  }
}

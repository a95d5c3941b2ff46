package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.driver.ChainPiece;
import io.virtentropy.virtio.driver.SplitRingDriver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The rows of docs/qemu-differences.md on the loop and on chains, one test each, in its order. */
@DisplayName("Differences from QEMU in the queue:")
class QemuQueueDifferencesTest extends TwoDevices {
  // ---- the loop

  @Test
  @DisplayName("a negative quota")
  void negativeQuota() {
    Quota quota = new Quota(100, 1000);
    PciBench limited = strict(new QuotaWindow(quota, clock)).bind();
    limited.request(buffer(0), 64);
    limited.driver().notifyDevice();
    limited.driver().notifyDevice();
    answerAll(limited, strictSource);
    limited.ring().reap();
    limited.request(buffer(0), 1000);
    answerAll(limited, strictSource);
    limited.expectUsed(limited.ring().reapedHead(), 36);

    PciBench like = qemu(QemuVersion.V11_1, quota).bind();
    like.request(buffer(0), 64);
    like.driver().notifyDevice();
    like.driver().notifyDevice();
    answerAll(like, qemuSource);
    like.ring().reap();
    like.request(buffer(0), 1000);
    assertEquals(1000, qemuSource.wanted());
  }

  @Test
  @DisplayName("bytes that find no buffer")
  void chargedForNothing() {
    Quota quota = new Quota(2000, 1000);
    PciBench like = qemu(QemuVersion.V11_1, quota).bind();
    like.request(buffer(0), 64);
    like.driver().notifyDevice();
    answerAll(like, qemuSource);
    like.ring().reap();
    like.request(buffer(0), 2000);
    assertEquals(2000 - 2 * 64, qemuSource.wanted());

    PciBench limited = strict(new QuotaWindow(quota, clock)).bind();
    limited.request(buffer(0), 64);
    limited.driver().notifyDevice();
    answerAll(limited, strictSource);
    limited.ring().reap();
    limited.request(buffer(0), 2000);
    assertEquals(2000 - 64, strictSource.wanted());
  }

  @Test
  @DisplayName("a small buffer at the end of the quota")
  void smallAtTheEnd() {
    Quota quota = new Quota(100, 1000);
    PciBench limited = strict(new QuotaWindow(quota, clock)).bind();
    limited.request(buffer(0), 64);
    limited.request(buffer(1), 64);
    answerAll(limited, strictSource);
    limited.expectUsed(0, 64);
    assertFalse(limited.ring().reap());
    clock.advance(1000 * MILLIS);
    limited.pci.poll();
    answerAll(limited, strictSource);
    limited.expectUsed(1, 64);

    PciBench like = qemu(QemuVersion.V11_1, quota).bind();
    like.ring().post(buffer(0), 64);
    like.ring().post(buffer(1), 64);
    like.notifyDevice();
    answerAll(like, qemuSource);
    like.expectUsed(0, 64);
    like.expectUsed(1, 36);
  }

  @Test
  @DisplayName("a second kick for the same buffers")
  void secondKick() {
    expect(
        1,
        2,
        bench -> {
          bench.bind();
          bench.request(buffer(0), 64);
          bench.driver().notifyDevice();
          return source(bench).waiting();
        });
  }

  @Test
  @DisplayName("a sum of lengths beyond 32 bits")
  void wrappedSum() {
    expectFates(
        -1, // for these buffers are not all in RAM
        -2,
        ring -> {
          ring.rawDescriptor(0, buffer(0), 0x8000_0000, WRITE, 0);
          ring.rawDescriptor(1, buffer(0), 0x8000_0000, WRITE, 0);
          ring.rawAvailEntry(0, 0);
          ring.rawAvailEntry(1, 1);
          ring.rawAvailIndex(2);
        });
  }

  // ---- chains

  @Test
  @DisplayName("direct descriptors before an indirect table")
  void directThenIndirect() {
    Consumer<SplitRingDriver> offer =
        ring -> {
          ring.postIndirect(
              List.of(ChainPiece.writable(buffer(0), 16)),
              TABLE,
              List.of(ChainPiece.writable(buffer(1), 8)));
          ring.publish();
        };
    expectFates(24, -1, offer);
  }

  @Test
  @DisplayName("INDIRECT without negotiation or with NEXT")
  void indirectLiberties() {
    for (int flags : new int[] {INDIRECT, INDIRECT | NEXT}) {
      int[] fates = new int[2];
      for (PciBench bench : List.of(strict, qemu)) {
        bench.bind(PciBench.setup().accepting(flags == INDIRECT ? VirtioFeature.VERSION_1 : -1L));
        bench.ring().rawDescriptor(0, TABLE, 16, flags, 0);
        bench.ring().rawDescriptorAt(TABLE, buffer(0), 16, WRITE, 0);
        offerHead(bench.ring());
        bench.driver().notifyDevice();
        answerAll(bench, source(bench));
        fates[bench == qemu ? 1 : 0] = bench.status();
      }
      assertEquals(0x4f, fates[0]);
      assertEquals(0x0f, fates[1]);
    }
  }

  @Test
  @DisplayName("a chain longer than the queue")
  void longChain() {
    List<ChainPiece> pieces = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      pieces.add(ChainPiece.writable(buffer(0) + i, 1));
    }
    expectFates(
        -1,
        9,
        ring -> {
          ring.postIndirect(List.of(), TABLE, pieces);
          ring.publish();
        });
  }

  @Test
  @DisplayName("buffers outside memory")
  void outsideMemory() {
    expectFates(-1, 64, chain(ChainPiece.writable(0x8000_0000_0000L, 64)));
    expectFates(-1, -1, chain(ChainPiece.writable(0x8000_0000_0000L, 4097)));
  }

  @Test
  @DisplayName("buffers of length 0")
  void zeroLength() {
    expectFates(8, -1, chain(ChainPiece.writable(buffer(0), 8), ChainPiece.writable(buffer(1), 0)));
  }

  @Test
  @DisplayName("a buffer without a writable byte")
  void nothingWritable() {
    expectFates(0, -2, chain(ChainPiece.readable(buffer(0), 8)));
  }

  @Test
  @DisplayName("rings that are misplaced")
  void misplacedRings() {
    expect(
        0x4f,
        0x0f,
        bench -> {
          bench.bind();
          bench.setStatus(0);
          negotiate(bench, VirtioFeature.VERSION_1);
          bench.setCommon(0x20, 0xf000_0000L, 8);
          bench.setCommon(0x28, 0xf000_1000L, 8);
          bench.setCommon(0x30, 0xf000_2000L, 8);
          bench.setCommon(0x1c, 1, 2);
          bench.setStatus(0xf);
          bench.driver().notifyDevice();
          return bench.status();
        });
  }
}

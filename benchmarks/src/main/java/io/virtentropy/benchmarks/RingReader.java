package io.virtentropy.benchmarks;

import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.virtio.driver.SplitRingDriver;
import java.io.IOException;
import java.nio.file.Path;

/** A driver without a guest: asks for buffers of one size over vhost-user, some at a time. */
final class RingReader implements AutoCloseable {
  private static final int QUEUE = 128;
  private static final long BUFFERS = 0x1_0000;
  private static final long LOOK_NANOS = 50_000_000;

  private final SharedRam ram;
  private final FrontEnd vm;
  private final SplitRingDriver ring;
  private final int size;
  private int outstanding;

  RingReader(Path socket, int size) throws IOException {
    this.size = size;
    ram = SharedRam.ofSize(BUFFERS + (long) QUEUE * size);
    try {
      vm = FrontEnd.connect(socket);
    } catch (IOException | RuntimeException e) {
      ram.close();
      throw e;
    }
    ring = vm.boot(ram, 0x1000, QUEUE);
  }

  /** Keeps so many buffers on the ring until a number of bytes has come; returns that number. */
  long read(long bytes, int depth) {
    long sum = 0;
    while (sum < bytes) {
      sum += step(depth);
    }
    return sum;
  }

  /** Keeps so many buffers on the ring until an instant of {@link System#nanoTime}. */
  long readUntil(long end, int depth) {
    long sum = 0;
    while (end - System.nanoTime() > 0) {
      sum += step(depth);
    }
    return sum;
  }

  private long step(int depth) {
    while (outstanding < depth) {
      int unused = ring.post(BUFFERS + (long) outstanding * size, size);
      outstanding++;
    }
    if (ring.publish()) {
      vm.kick();
    }
    long sum = 0;
    while (ring.reap()) {
      outstanding--;
      sum += ring.reapedLength();
    }
    if (sum == 0 && !ring.expectInterrupt()) {
      boolean unused = vm.awaitCall(LOOK_NANOS);
    }
    return sum;
  }

  @Override
  public void close() {
    vm.close();
    ram.close();
  }
}

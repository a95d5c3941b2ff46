package io.virtentropy.cli;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.virtio.device.DeviceCounter;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/** The demo without QEMU: a guest driver of our own reads from the device in this process. */
final class InProcessDemo {
  private static final long RAM_BASE = 0x8000_0000L;
  private static final int RAM_BYTES = 1 << 20;
  private static final int BUFFER_OFFSET = 0x1_0000;
  private static final int REQUEST_BYTES = 64; // what Linux asks for
  private static final long TOTAL_BYTES = 64L << 20;

  private InProcessDemo() {}

  static void run(EntropyBackend source, PrintWriter out) {
    ByteBuffer ram = ByteBuffer.allocateDirect(RAM_BYTES);
    RegionMemory memory = RegionMemory.of(RegionMemory.Sharing.SINGLE_THREADED, RAM_BASE, ram);
    try (MmioTransport device =
        new MmioTransport(VirtioRngDevice.builder(memory, source), asserted -> {})) {
      MmioRngDriver driver =
          MmioRngDriver.bind(memory, device, RAM_BASE, VirtioRngDevice.DEFAULT_QUEUE_SIZE);
      out.println(
          "guest  | driver        in process, features 0x" + Long.toHexString(driver.features()));
      read(driver, 1);
      byte[] sample = new byte[REQUEST_BYTES];
      ram.get(BUFFER_OFFSET, sample);
      HexFormat hex = HexFormat.ofDelimiter(" ");
      for (int row = 0; row < REQUEST_BYTES; row += 16) {
        out.println("guest  | bytes         " + hex.formatHex(sample, row, row + 16));
      }
      long start = System.nanoTime();
      read(driver, TOTAL_BYTES / REQUEST_BYTES);
      long nanos = System.nanoTime() - start;
      out.printf(
          "guest  | throughput    %.1f MB/s in requests of %d bytes%n",
          TOTAL_BYTES * 1000.0 / nanos, REQUEST_BYTES);
      out.printf(
          "device | delivered     %d bytes in %d requests from %s, %d interrupts%n",
          device.counters().get(DeviceCounter.BYTES),
          device.counters().get(DeviceCounter.CHAINS),
          source,
          device.counters().get(DeviceCounter.INTERRUPTS));
    }
  }

  private static void read(MmioRngDriver driver, long requests) {
    SplitRingDriver ring = driver.ring();
    for (long i = 0; i < requests; i++) {
      ring.expectInterrupt();
      ring.post(RAM_BASE + BUFFER_OFFSET, REQUEST_BYTES);
      driver.kick();
      driver.acknowledgeInterrupts();
      if (!ring.reap()) {
        throw new IllegalStateException("the device did not answer a request");
      }
    }
  }
}

package io.virtentropy.virtio.standalone;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.device.DeviceCounter;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.nio.ByteBuffer;

/**
 * A guest in a JVM of its own: reads so many bytes in requests of several sizes through MMIO
 * registers and checks the counter stream word by word. Prints one line. Uses only what is
 * published.
 */
public final class GigabyteGuest {
  private static final long RAM = 0x8000_0000L;
  private static final long BUFFERS = RAM + 0x1_0000;
  private static final int[] LENGTHS = {65_536, 64, 4096, 65_536, 8, 32_768, 65_536, 65_536};

  private GigabyteGuest() {}

  /** Reads as many bytes as the argument says. */
  public static void main(String[] args) {
    long wanted = Long.parseLong(args[0]);
    RegionMemory ram =
        RegionMemory.of(
            RegionMemory.Sharing.SINGLE_THREADED, RAM, ByteBuffer.allocateDirect(0x10_0000));
    boolean[] line = {false};
    MmioTransport device =
        new MmioTransport(
            VirtioRngDevice.builder(ram, new CounterBackend(1)), level -> line[0] = level);
    MmioRngDriver driver = MmioRngDriver.bind(ram, device, RAM, 8);
    SplitRingDriver ring = driver.ring();
    long word = 1;
    long bytes = 0;
    ring.expectInterrupt();
    while (bytes < wanted) {
      for (int i = 0; i < LENGTHS.length; i++) {
        ring.post(BUFFERS + 65_536L * i, LENGTHS[i]);
      }
      require(driver.kick(), "the device asked for no kick");
      require(line[0], "no interrupt");
      driver.acknowledgeInterrupts();
      require(!line[0], "the line stayed up");
      int i = 0;
      while (ring.reap()) {
        require(ring.reapedLength() == LENGTHS[i], "a short buffer");
        long at = BUFFERS + 65_536L * i;
        for (long end = at + LENGTHS[i]; at < end; at += Long.BYTES) {
          if (ram.loadLong(at) != word++) {
            throw new IllegalStateException("word " + (word - 1) + " is " + ram.loadLong(at));
          }
        }
        bytes += LENGTHS[i++];
      }
      require(i == LENGTHS.length, "a buffer was not used");
      require(!ring.expectInterrupt(), "more used buffers than posted ones");
    }
    require(device.counters().get(DeviceCounter.BYTES) == bytes, "counted otherwise");
    boolean assertions = GigabyteGuest.class.desiredAssertionStatus();
    System.out.println(
        "read " + bytes + " bytes, last word " + (word - 1) + ", assertions " + assertions);
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalStateException(otherwise);
    }
  }
}

package io.virtentropy.virtio.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.memory.RegionMemory.Sharing;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Guest memory of more than 2 GiB")
final class LargeMemoryTest {
  private static final long GIB = 1L << 30;

  @Test
  @DisplayName("should serve a buffer in a sparse 5 GiB guest that straddles the mappings")
  void sparseFile(@TempDir(cleanup = CleanupMode.ALWAYS) Path directory) throws IOException {
    Path file = directory.resolve("ram");
    RegionMemory ram = new RegionMemory(Sharing.SHARED);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      long part = Integer.MAX_VALUE & ~4095L;
      for (long at = 0; at < 5 * GIB; at += part) {
        long size = Math.min(part, 5 * GIB - at);
        ram.add(4 * GIB + at, channel.map(FileChannel.MapMode.READ_WRITE, at, size));
      }
      assertTrue(ram.isRam(4 * GIB, 5 * GIB));
      assertFalse(ram.isRam(4 * GIB, 5 * GIB + 1));

      MmioTransport device =
          new MmioTransport(
              VirtioRngDevice.builder(ram, new CounterBackend(1)).queueSize(4), level -> {});
      MmioRngDriver driver = MmioRngDriver.bind(ram, device, 9 * GIB - 4096, 4);
      long edge = 4 * GIB + part;
      driver.ring().post(edge - 28, 64);
      driver.kick();
      assertTrue(driver.ring().reap());
      assertEquals(64, driver.ring().reapedLength());
      for (int i = 0; i < 8; i++) {
        assertEquals(i + 1, ram.loadLong(edge - 28 + 8L * i));
      }
      assertEquals(0, ram.loadLong(edge + 36));
      ByteBuffer word = ByteBuffer.allocate(8);
      channel.read(word, part - 28);
      assertEquals(1, word.get(0), "the bytes are in the file");
    }
    Files.delete(file);
  }

  @Test
  @DisplayName("should tell apart far regions whose distance is no int (MIST-15)")
  void farBases() {
    byte[] bytes = new byte[4 * 64];
    RegionMemory ram = new RegionMemory(Sharing.SINGLE_THREADED);
    long[] bases = {0, 1L << 31, 1L << 32, (1L << 63) + 64};
    for (int i = 0; i < bases.length; i++) {
      ram.add(bases[i], ByteBuffer.wrap(bytes, 64 * i, 64));
    }
    for (int i = 0; i < bases.length; i++) {
      ram.storeInt(bases[i] + 60, i + 1);
      assertEquals(i + 1, bytes[64 * i + 60]);
      assertFalse(ram.isRam(bases[i] + 64, 1));
      assertFalse(ram.isRam(bases[i] + 61, 4));
      assertFalse(ram.isRam(bases[i] - 1, 2));
    }
  }
}

package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ReadyFileTest {
  private static final int BLOCK = 4096;

  @TempDir Path dir;

  private static byte[] block(ReadyFile source) throws ReflectiveOperationException {
    Field block = ReadyFile.class.getDeclaredField("block");
    block.setAccessible(true);
    return (byte[]) block.get(source);
  }

  private ReadyFile file(byte[] contents) throws Exception {
    return new ReadyFile(Files.write(dir.resolve("file"), contents));
  }

  @Test
  @SuppressWarnings("try") // closed here, and by the try if the test fails first
  void should_wipe_what_it_hands_out_and_the_rest_when_closed() throws Exception {
    byte[] contents = Streams.stream(BLOCK);
    try (ReadyFile source = file(contents)) {
      ByteBuffer target = ByteBuffer.allocate(BLOCK);
      source.fill(target, 0, 100);
      byte[] kept = block(source);
      assertArrayEquals(new byte[100], Arrays.copyOf(kept, 100));
      assertArrayEquals(
          Arrays.copyOfRange(contents, 100, BLOCK), Arrays.copyOfRange(kept, 100, BLOCK));

      source.close();

      assertArrayEquals(new byte[BLOCK], kept);
    }
  }

  @Test
  void should_not_deliver_again_what_a_target_refused() throws Exception {
    byte[] contents = Streams.stream(64);
    try (ReadyFile source = file(contents)) {
      ByteBuffer target = ByteBuffer.allocate(16);
      assertThrows(IndexOutOfBoundsException.class, () -> source.fill(target, 8, 16));

      assertEquals(16, source.fill(target, 0, 16));
      assertArrayEquals(Arrays.copyOfRange(contents, 16, 32), target.array());
      assertArrayEquals(new byte[32], Arrays.copyOf(block(source), 32));
    }
  }

  @Test
  void should_deliver_across_blocks_and_to_the_last_byte() throws Exception {
    byte[] contents = Streams.stream(2 * BLOCK + 5);
    try (ReadyFile source = file(contents)) {
      ByteBuffer target = ByteBuffer.allocate(3 * BLOCK);
      assertEquals(contents.length, source.fill(target, 0, 3 * BLOCK));
      assertArrayEquals(contents, Arrays.copyOf(target.array(), contents.length));
    }
  }

  @Test
  @SuppressWarnings("try") // closed here, and by the try if the test fails first
  void should_hand_out_no_zeros_and_no_byte_of_another_file_when_closed_under_a_fill()
      throws Exception {
    byte[] contents = new byte[16 * BLOCK];
    Arrays.fill(contents, (byte) 0x77);
    Path other = Files.write(dir.resolve("other"), new byte[16 * BLOCK]);
    for (int round = 0; round < 1500; round++) {
      CyclicBarrier start = new CyclicBarrier(2);
      try (ReadyFile source = file(contents)) {
        FutureTask<Void> filling = new FutureTask<>(() -> fillAndCheck(source, start));
        new Thread(filling, "filling").start();
        start.await();
        for (int i = round % 300; i > 0; i--) {
          Thread.onSpinWait();
        }
        source.close();
        // Takes the number of a descriptor that was closed too early.
        try (ReadyFile zeros = new ReadyFile(other)) {
          filling.get();
          assertEquals(8, zeros.fill(ByteBuffer.allocate(8), 0, 8));
        }
        assertArrayEquals(new byte[BLOCK], block(source));
      }
    }
  }

  private static Void fillAndCheck(ReadyFile source, CyclicBarrier start) throws Exception {
    byte[] target = new byte[300];
    ByteBuffer buffer = ByteBuffer.wrap(target);
    start.await();
    try {
      while (true) {
        int n = source.fill(buffer, 0, 300);
        for (int i = 0; i < n; i++) {
          assertEquals(0x77, target[i], "byte " + i + " of " + n);
        }
      }
    } catch (EntropySourceException e) {
      assertTrue(e.reason() == Reason.CLOSED || e.reason() == Reason.END_OF_FILE, e::toString);
    }
    return null;
  }

  @Test
  void should_allocate_nothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long self = Thread.currentThread().getId();
    ByteBuffer target = ByteBuffer.allocateDirect(64);
    try (ReadyFile source = new ReadyFile(Path.of("/dev/urandom"))) {
      for (int i = 0; i < 20_000; i++) {
        source.fill(target, 0, 64);
      }
      long before = threads.getThreadAllocatedBytes(self);
      for (int i = 0; i < 100_000; i++) {
        source.fill(target, 0, 64);
      }
      long allocated = threads.getThreadAllocatedBytes(self) - before;
      // One object in a hundred fills would be 16,000 bytes. The bean itself makes a little.
      assertTrue(allocated < 10_000, allocated + " bytes allocated by 100,000 fills");
    }
  }
}

package io.virtentropy.conformance.backends;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** Looks for bytes in all the memory that a process can write to. */
final class MemorySearch {
  private static final int CHUNK = 1 << 20;
  private static final int WORD = Long.BYTES;

  /** Words whose places in the stream matter not; found by their lowest 16 bits first. */
  private final boolean[] low = new boolean[1 << 16];

  private final Set<Long> words = new HashSet<>();

  /** Searches for any eight bytes in a row of a stream. */
  MemorySearch(byte[] stream) {
    ByteBuffer view = ByteBuffer.wrap(stream).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i + WORD <= stream.length; i++) {
      long word = view.getLong(i);
      words.add(word);
      low[(int) (word & 0xffff)] = true;
    }
  }

  /** How many places there are with eight bytes of the stream. */
  int count(long pid) throws IOException {
    int count = 0;
    try (RandomAccessFile memory = new RandomAccessFile("/proc/" + pid + "/mem", "r")) {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/maps"))) {
        String[] parts = line.split("[- ]+", 4);
        if (parts[2].startsWith("rw")) {
          count += count(memory, Long.parseLong(parts[0], 16), Long.parseLong(parts[1], 16));
        }
      }
    }
    return count;
  }

  private int count(RandomAccessFile memory, long from, long to) throws IOException {
    int count = 0;
    byte[] chunk = new byte[CHUNK];
    for (long at = from; at < to; at += CHUNK - WORD + 1) {
      int length = (int) Math.min(CHUNK, to - at);
      memory.seek(at);
      int got;
      try {
        got = memory.read(chunk, 0, length);
      } catch (IOException e) {
        return count; // a page that nobody may touch, or one that went away
      }
      ByteBuffer view = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i + WORD <= got; i++) {
        if (low[view.getShort(i) & 0xffff] && words.contains(view.getLong(i))) {
          count++;
        }
      }
    }
    return count;
  }
}

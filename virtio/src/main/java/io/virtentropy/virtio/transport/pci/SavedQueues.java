package io.virtentropy.virtio.transport.pci;

import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.NO_VECTOR;
import static io.virtentropy.virtio.transport.pci.PciState.WORDS_PER_QUEUE;

import java.util.Arrays;

/** The registers of queues as words of {@link PciState}. */
final class SavedQueues {
  private SavedQueues() {}

  static long[] of(CommonConfig common, InterruptState interrupts) {
    long[] words = new long[WORDS_PER_QUEUE * common.queueCount()];
    int last = 0;
    for (int index = 0; index < common.queueCount(); index++) {
      CommonConfig.QueueRegisters queue = common.queue(index);
      int at = WORDS_PER_QUEUE * index;
      int vector = interrupts.queueVector(index);
      words[at] = queue.table;
      words[at + 1] = queue.avail;
      words[at + 2] = queue.used;
      words[at + 3] = queue.size | (long) vector << 16 | (queue.enabled ? 1L << 32 : 0);
      boolean untouched =
          (queue.table | queue.avail | queue.used | queue.size) == 0
              && !queue.enabled
              && vector == NO_VECTOR;
      last = untouched ? last : index;
    }
    return Arrays.copyOf(words, WORDS_PER_QUEUE * (last + 1));
  }

  /** Refuses vectors that the function doesn't have. */
  static void check(PciState state, int vectors) {
    requireVector(state.configVector(), vectors);
    long[] words = state.queueWords();
    for (int at = 0; at < words.length; at += WORDS_PER_QUEUE) {
      requireVector(vector(words[at + 3]), vectors);
    }
  }

  private static void requireVector(int vector, int vectors) {
    if (vector >= vectors && vector != NO_VECTOR) {
      throw new IllegalArgumentException(
          "saved vector " + vector + "; this function has " + vectors);
    }
  }

  static void restore(PciState state, CommonConfig common, InterruptState interrupts) {
    common.reset();
    common.restoreSelectors(
        state.deviceFeatureSelect(), state.driverFeatureSelect(), state.queueSelect());
    int[] vectors = new int[common.queueCount()];
    Arrays.fill(vectors, NO_VECTOR);
    long[] words = state.queueWords();
    for (int at = 0; at < words.length; at += WORDS_PER_QUEUE) {
      CommonConfig.QueueRegisters queue = common.queue(at / WORDS_PER_QUEUE);
      queue.table = words[at];
      queue.avail = words[at + 1];
      queue.used = words[at + 2];
      queue.size = (int) words[at + 3] & 0xffff;
      queue.enabled = (words[at + 3] >>> 32 & 1) != 0;
      vectors[at / WORDS_PER_QUEUE] = vector(words[at + 3]);
    }
    interrupts.restore(state.isr(), state.generation(), state.configVector(), vectors);
  }

  private static int vector(long word) {
    return (int) (word >>> 16) & 0xffff;
  }
}

package io.virtentropy.conformance.model;

/**
 * The MSI-X table and its pending bits, and how many events use each vector: what comes for a
 * vector that none uses is lost, and a vector that is no longer used is no longer pending.
 */
final class MsixTable {
  static final int VECTORS = 2;
  static final int NO_VECTOR = 0xffff;

  private static final int ENTRY_BYTES = 16;
  private static final int DATA = 8;
  private static final int CONTROL = 12;
  private static final int MASKED = 1;

  private final byte[] table = new byte[VECTORS * ENTRY_BYTES];
  private final boolean[] pending = new boolean[VECTORS];
  private final int[] users = new int[VECTORS];
  private final ConfigSpace config;
  private final Dma dma;
  private boolean functionMasked = true;

  MsixTable(ConfigSpace config, Dma dma) {
    this.config = config;
    this.dma = dma;
    machineReset();
  }

  // ---- what the guest accesses, 4 aligned bytes at a time

  long readTable(int offset) {
    return word(offset);
  }

  void writeTable(int offset, long value) {
    int vector = offset / ENTRY_BYTES;
    boolean was = isMasked(vector);
    for (int i = 0; i < 4; i++) {
      table[offset + i] = (byte) (value >>> (8 * i));
    }
    maskMayHaveChanged(vector, was);
  }

  long readPending(int offset) {
    long value = 0;
    for (int vector = 0; offset == 0 && vector < VECTORS; vector++) {
      value |= pending[vector] ? 1L << vector : 0;
    }
    return value;
  }

  /** After a write to message control. */
  void controlWritten() {
    boolean was = functionMasked;
    functionMasked = config.isMsixMasked();
    if (!config.isMsixEnabled() || functionMasked == was) {
      return;
    }
    for (int vector = 0; vector < VECTORS; vector++) {
      maskMayHaveChanged(vector, was || isMaskedAlone(vector));
    }
  }

  private void maskMayHaveChanged(int vector, boolean was) {
    if (was && !isMasked(vector) && pending[vector]) {
      pending[vector] = false;
      send(vector);
    }
  }

  private boolean isMasked(int vector) {
    return functionMasked || isMaskedAlone(vector);
  }

  private boolean isMaskedAlone(int vector) {
    return (word(vector * ENTRY_BYTES + CONTROL) & MASKED) != 0;
  }

  // ---- what the device asks

  void use(int vector) {
    users[vector]++;
  }

  void unuse(int vector) {
    if (users[vector] == 0) {
      return;
    }
    users[vector]--;
    if (users[vector] == 0) {
      pending[vector] = false;
    }
  }

  void unuseAll() {
    for (int vector = 0; vector < VECTORS; vector++) {
      users[vector] = 0;
      pending[vector] = false;
    }
  }

  void send(int vector) {
    if (vector >= VECTORS || users[vector] == 0) {
      return;
    }
    if (isMasked(vector)) {
      pending[vector] = true;
      return;
    }
    if (!config.isBusMaster()) {
      return; // and it is lost
    }
    int entry = vector * ENTRY_BYTES;
    long address = word(entry) | word(entry + 4) << 32;
    dma.write(address, 4, word(entry + DATA));
  }

  /** After message control was cleared. */
  void machineReset() {
    unuseAll();
    functionMasked = true;
    for (int i = 0; i < table.length; i++) {
      table[i] = i % ENTRY_BYTES == CONTROL ? (byte) MASKED : 0;
    }
  }

  private long word(int offset) {
    long value = 0;
    for (int i = 0; i < 4; i++) {
      value |= (long) (table[offset + i] & 0xff) << (8 * i);
    }
    return value;
  }
}

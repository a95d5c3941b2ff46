package io.virtentropy.conformance.model;

/** BAR 1: the MSI-X table, and its pending bits. Accesses of fewer than 4 bytes do nothing. */
final class MsixWindow implements RegisterWindow {
  private static final int WORD = 4;
  private static final int TABLE_BYTES = 16 * MsixTable.VECTORS;
  private static final int PENDING = 0x800;
  private static final int PENDING_BYTES = 8;

  private final MsixTable table;

  MsixWindow(MsixTable table) {
    this.table = table;
  }

  @Override
  public long read(int offset, int size) {
    if (size < WORD) {
      return 0;
    }
    if (offset < TABLE_BYTES) {
      return table.readTable(offset);
    }
    return offset >= PENDING && offset < PENDING + PENDING_BYTES
        ? table.readPending(offset - PENDING)
        : 0;
  }

  @Override
  public void write(int offset, int size, long value) {
    if (size == WORD && offset < TABLE_BYTES) {
      table.writeTable(offset, value);
    }
  }
}

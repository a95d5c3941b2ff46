package io.virtentropy.virtio.transport.pci;

import static io.virtentropy.virtio.transport.pci.PciConfigLayout.MSIX_ENABLE;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.MSIX_FUNCTION_MASK;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The MSI-X table and the pending bits (PCI 3.0 §6.8.2), in their BAR.
 *
 * <pre>
 *   16 n  le32 address, le32 upper address, le32 data, le32 control: bit 0 masks the vector
 *   from 0x800, or behind a longer table: the pending bits, read-only
 * </pre>
 *
 * <p>Taken in whole words of 32 bits, which is what PCI allows besides 64; narrower accesses read 0
 * and write nothing, as in QEMU.
 */
final class MsixTable {
  static final int MAX_VECTORS = 2048;

  private static final int ENTRY_BYTES = 16;
  private static final int DATA = 8;
  private static final int CONTROL = 12;
  private static final int MASKED = 1;

  private final PciInterrupts sink;
  private final int vectors;
  private final int pendingOffset;
  private final byte[] tableBytes;
  private final byte[] pendingBytes;
  private final ByteBuffer table;
  private final ByteBuffer pending;
  private final boolean keepsWithoutMaster;

  private int control;
  private boolean busMaster;

  /**
   * Creates a table with everything masked.
   *
   * @param keepsWithoutMaster whether a message that can't be sent without the Bus Master bit stays
   *     pending until it is set; QEMU loses it
   */
  MsixTable(int vectors, PciInterrupts sink, boolean keepsWithoutMaster) {
    this.vectors = vectors;
    this.sink = sink;
    this.keepsWithoutMaster = keepsWithoutMaster;
    this.pendingOffset = pendingOffset(vectors);
    this.tableBytes = new byte[ENTRY_BYTES * vectors];
    this.pendingBytes = new byte[pendingBytes(vectors)];
    this.table = ByteBuffer.wrap(tableBytes).order(ByteOrder.LITTLE_ENDIAN);
    this.pending = ByteBuffer.wrap(pendingBytes).order(ByteOrder.LITTLE_ENDIAN);
    reset();
  }

  static int pendingOffset(int vectors) {
    return Math.max(PciConfigLayout.MSIX_BAR_BYTES / 2, ENTRY_BYTES * vectors);
  }

  private static int pendingBytes(int vectors) {
    return (vectors + 63) / 64 * Long.BYTES;
  }

  static int barBytes(int vectors) {
    int end = pendingOffset(vectors) + pendingBytes(vectors);
    int wholePower = Integer.highestOneBit(end - 1) << 1;
    return Math.max(PciConfigLayout.MSIX_BAR_BYTES, wholePower);
  }

  int vectors() {
    return vectors;
  }

  boolean isEnabled() {
    return (control & MSIX_ENABLE) != 0;
  }

  // ---- the driver's accesses, of whole words

  int read(int at) {
    if (at < table.capacity()) {
      return table.getInt(at);
    }
    int inPending = at - pendingOffset;
    return inPending >= 0 && inPending < pending.capacity() ? pending.getInt(inPending) : 0;
  }

  void write(int at, int value) {
    if (at < table.capacity()) {
      table.putInt(at, value);
      sendIfPending(at / ENTRY_BYTES);
    }
  }

  /** Takes the message control word and the Bus Master bit of the configuration space. */
  void configure(int newControl, boolean master) {
    boolean silent = isSilenced() || !busMaster;
    control = newControl;
    busMaster = master;
    if (silent && !isSilenced()) {
      for (int vector = 0; vector < vectors; vector++) {
        sendIfPending(vector);
      }
    }
  }

  private boolean isSilenced() {
    return (control & (MSIX_ENABLE | MSIX_FUNCTION_MASK)) != MSIX_ENABLE;
  }

  private boolean isMasked(int vector) {
    return isSilenced() || (table.getInt(ENTRY_BYTES * vector + CONTROL) & MASKED) != 0;
  }

  // ---- the function's events

  /** Sends a vector's message, or notes that it is to be sent. */
  void raise(int vector) {
    if (vector >= vectors) {
      return;
    }
    if (isMasked(vector) || (!busMaster && keepsWithoutMaster)) {
      setPending(vector, true);
      return;
    }
    if (busMaster) {
      int entry = ENTRY_BYTES * vector;
      sink.message(table.getLong(entry), table.getInt(entry + DATA));
    }
  }

  private void sendIfPending(int vector) {
    if (!isMasked(vector) && isPending(vector) && (busMaster || !keepsWithoutMaster)) {
      setPending(vector, false);
      raise(vector);
    }
  }

  private boolean isPending(int vector) {
    return (pending.get(vector >>> 3) >>> (vector & 7) & 1) != 0;
  }

  private void setPending(int vector, boolean on) {
    int bit = 1 << (vector & 7);
    int before = pending.get(vector >>> 3);
    pending.put(vector >>> 3, (byte) (on ? before | bit : before & ~bit));
  }

  /** Forgets that a vector is pending, because nothing uses it any more. */
  void forget(int vector) {
    if (vector < vectors) {
      setPending(vector, false);
    }
  }

  void forgetAll() {
    for (int i = 0; i < pending.capacity(); i++) {
      pending.put(i, (byte) 0);
    }
  }

  /** The state after a reset of the bus. A reset of the device alone leaves the table as it is. */
  void reset() {
    for (int at = 0; at < table.capacity(); at += Long.BYTES) {
      table.putLong(at, 0);
    }
    for (int vector = 0; vector < vectors; vector++) {
      table.putInt(ENTRY_BYTES * vector + CONTROL, MASKED);
    }
    forgetAll();
    control = 0;
    busMaster = false;
  }

  // ---- saving

  int savedBytes() {
    return table.capacity() + pending.capacity();
  }

  void save(ByteBuffer out) {
    out.put(tableBytes).put(pendingBytes);
  }

  /** Takes over saved bytes, without sending anything; bits of no vector are dropped. */
  void restore(ByteBuffer in, int newControl, boolean master) {
    in.get(tableBytes);
    in.get(pendingBytes);
    for (int vector = vectors; vector < 8 * pending.capacity(); vector++) {
      setPending(vector, false);
    }
    control = newControl;
    busMaster = master;
  }
}

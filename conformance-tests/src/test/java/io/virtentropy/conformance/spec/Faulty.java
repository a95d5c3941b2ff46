package io.virtentropy.conformance.spec;

import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.SplitRingLayout;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import io.virtentropy.virtio.transport.mmio.MmioVersion;
import io.virtentropy.virtio.transport.pci.CommonConfigLayout;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import io.virtentropy.virtio.transport.pci.PciIdentity;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Devices that are broken on purpose: ours, with one fault each. */
final class Faulty {
  /** A fault, the row that names it, and a device that has it. */
  record Device(
      String fault, String row, DriverInterface via, Supplier<? extends InProcessMachine> opener) {
    @Override
    public String toString() {
      return fault + " (" + row + ", " + via.text() + ")";
    }
  }

  /** Changes what a register reads. */
  @FunctionalInterface
  interface ReadFault {
    long read(long register, int size, long right);
  }

  /** Changes what is written to a register; a negative result loses the write. */
  @FunctionalInterface
  interface WriteFault {
    long write(long register, long value);
  }

  private static final ReadFault READS_RIGHT = (register, size, right) -> right;
  private static final WriteFault WRITES_RIGHT = (register, value) -> value;

  /** Where the suite's rings of 8 lie: the table at a multiple of 64 KiB, the rest behind it. */
  private static final long RING = 0x11_0000;

  private static final long AVAIL = RING + 16 * 8;
  private static final long USED = RING + 16 * 8 + 24;
  private static final long BUFFERS = 0x20_0000;

  private Faulty() {}

  static List<Device> all() {
    return List.of(
        mmioReads(
            "the magic value's bytes are swapped",
            "MMIO-01",
            (at, size, right) -> at == MmioLayout.MAGIC_VALUE ? 0x7669_7274L : right),
        mmioReads(
            "the version is 3",
            "MMIO-02",
            (at, size, right) -> at == MmioLayout.VERSION ? 3 : right),
        mmioReads(
            "another device's type",
            "MMIO-11",
            (at, size, right) -> at == MmioLayout.DEVICE_ID ? 2 : right),
        mmioReads(
            "FEATURES_OK is granted whatever was accepted",
            "BASE-FEAT-03",
            (at, size, right) -> at == MmioLayout.STATUS && right == 3 ? 0xb : right),
        mmioReads(
            "the status is never 0",
            "BASE-RST-01",
            (at, size, right) -> at == MmioLayout.STATUS && right == 0 ? 1 : right),
        mmioReads(
            "DEVICE_NEEDS_RESET is not shown",
            "BASE-STAT-03",
            (at, size, right) -> at == MmioLayout.STATUS ? right & ~0x40 : right),
        mmioReads(
            "shared memory that is not there has length 0",
            "MMIO-21",
            (at, size, right) -> at == MmioLayout.SHM_LEN_LOW ? 0 : right),
        mmioWrites(
            "an acknowledgement clears every cause",
            "MMIO-19",
            (at, value) -> at == MmioLayout.INTERRUPT_ACK ? 3 : value),
        mmioWrites(
            "acknowledgements are ignored",
            "MMIO-03",
            (at, value) -> at == MmioLayout.INTERRUPT_ACK ? -1 : value),
        mmioWrites(
            "buffers are consumed before DRIVER_OK",
            "BASE-STAT-01",
            (at, value) -> at == MmioLayout.STATUS && value == 0xb ? 0xf : value),
        mmioWrites(
            "a queue stays ready once it is",
            "MMIO-08",
            (at, value) -> at == MmioLayout.QUEUE_READY && value == 0 ? -1 : value),
        mmioWrites(
            "a kick for any queue is taken for queue 0's",
            "MMIO-18",
            (at, value) -> at == MmioLayout.QUEUE_NOTIFY ? 0 : value),
        mmioWrites(
            "the driver's choice of a size is ignored",
            "VQ-SPLIT-01",
            (at, value) -> at == MmioLayout.QUEUE_SIZE ? -1 : value),
        mmioWrites(
            "a queue's reset is ignored",
            "MMIO-14",
            (at, value) -> at == MmioLayout.QUEUE_RESET ? -1 : value),
        memory(
            "the readable piece of a chain is written",
            "VQ-SPLIT-05",
            ram ->
                new FaultyMemory(ram) {
                  @Override
                  void stored(long address) {
                    if (address >= BUFFERS + Bench.BUFFER_BYTES) {
                      ram.storeByte(address - Bench.BUFFER_BYTES, (byte) 1);
                    }
                  }
                }),
        memory(
            "the descriptor is cleared when it was used",
            "VQ-SPLIT-07",
            ram ->
                new FaultyMemory(ram) {
                  @Override
                  void stored(long address) {
                    if (address >= BUFFERS) {
                      ram.storeShort(RING + 12, (short) 0);
                    }
                  }
                }),
        memory(
            "the used length is one too many",
            "VQ-SPLIT-16",
            ram ->
                new FaultyMemory(ram) {
                  @Override
                  public void storeInt(long address, int value) {
                    boolean length = address > USED && (address - USED) % 8 == 0;
                    ram.storeInt(address, length ? value + 1 : value);
                  }

                  @Override
                  public void storeLong(long address, long value) {
                    boolean element = address > USED && (address - USED) % 8 == 4;
                    ram.storeLong(address, element ? value + (1L << 32) : value);
                  }
                }),
        memory(
            "used.idx is taken modulo the queue size",
            "VQ-SPLIT-11",
            ram ->
                new FaultyMemory(ram) {
                  @Override
                  public void storeShort(long address, short value) {
                    ram.storeShort(address, address == USED + 2 ? (short) (value & 7) : value);
                  }

                  @Override
                  public void storeShortRelease(long address, short value) {
                    storeShort(address, value);
                  }
                }),
        memory("NO_INTERRUPT is not looked at", "VQ-EVT-02", ram -> new FlagsMemory(ram, 0)),
        memory(
            "no interrupt is ever raised",
            "VQ-EVT-03",
            ram -> new FlagsMemory(ram, SplitRingLayout.NO_INTERRUPT)),
        memory(
            "avail_event is written without EVENT_IDX",
            "VQ-EVT-20",
            ram ->
                new FaultyMemory(ram) {
                  @Override
                  void stored(long address) {
                    if (address >= BUFFERS) {
                      ram.storeShort(USED + 4 + 8 * 8, (short) 1);
                    }
                  }
                }),
        memory(
            "reserved bits are set in used.flags",
            "VQ-EVT-07",
            ram ->
                new FaultyMemory(ram) {
                  @Override
                  void stored(long address) {
                    if (address >= BUFFERS) {
                      ram.storeShort(USED, (short) 4);
                    }
                  }
                }),
        memory(
            "the available ring is written",
            "VQ-SPLIT-18",
            ram ->
                new FaultyMemory(ram) {
                  @Override
                  void stored(long address) {
                    if (address >= BUFFERS) {
                      ram.storeShort(AVAIL + 4 + 2 * 7, (short) 7);
                    }
                  }
                }),
        pciConfig(
            "another vendor's id",
            "PCI-ID-02",
            (at, size, right) -> at == PciConfigLayout.VENDOR_ID ? 0x8086 : right),
        pciConfig(
            "revision 0 of a modern device",
            "PCI-ID-06",
            (at, size, right) -> at == PciConfigLayout.REVISION && size == 1 ? 0 : right),
        pciConfig(
            "a common configuration at an odd address",
            "PCI-CAP-08",
            (at, size, right) -> at == 0x40 + PciConfigLayout.VIRTIO_CAP_OFFSET ? 2 : right),
        pciConfig(
            "no Interrupt Status in the PCI status",
            "PCI-ISR-03",
            (at, size, right) -> at == PciConfigLayout.STATUS ? right & ~8 : right),
        pciBar(
            "an ISR that is not cleared by a read",
            "PCI-ISR-05",
            (at, size, right) -> at == PciConfigLayout.ISR_OFFSET ? right | 1 : right),
        pciBar(
            "an ISR without the bit of the configuration",
            "PCI-ISR-01",
            (at, size, right) -> at == PciConfigLayout.ISR_OFFSET ? right & ~2 : right),
        pciBar(
            "a vector that couldn't be mapped reads back",
            "PCI-MSIX-09",
            (at, size, right) ->
                at == CommonConfigLayout.QUEUE_MSIX_VECTOR && right == 0xffff ? 2 : right),
        pciBar(
            "two queues",
            "PCI-CC-17",
            (at, size, right) -> at == CommonConfigLayout.NUM_QUEUES ? 2 : right),
        pciBar(
            "a queue that is enabled from the start",
            "PCI-CC-07",
            (at, size, right) -> at == CommonConfigLayout.QUEUE_ENABLE ? 1 : right),
        pciBar(
            "VERSION_1 is not offered",
            "BASE-FEAT-06",
            (at, size, right) -> at == CommonConfigLayout.DEVICE_FEATURE ? right & ~1L : right),
        pciBar(
            "an administration queue's bit is offered",
            "BASE-FEAT-13",
            (at, size, right) -> at == CommonConfigLayout.DEVICE_FEATURE ? right | 0x200 : right));
  }

  private static Device mmioReads(String fault, String row, ReadFault reads) {
    return new Device(fault, row, DriverInterface.MMIO_MODERN, () -> new Mmio(reads, WRITES_RIGHT));
  }

  private static Device mmioWrites(String fault, String row, WriteFault writes) {
    return new Device(fault, row, DriverInterface.MMIO_MODERN, () -> new Mmio(READS_RIGHT, writes));
  }

  private static Device memory(String fault, String row, UnaryOperator<GuestMemory> memory) {
    InProcessMachine.Faults faults = new InProcessMachine.Faults(memory, UnaryOperator.identity());
    return new Device(
        fault,
        row,
        DriverInterface.MMIO_MODERN,
        () -> new InProcessMmio(MmioVersion.MODERN, faults));
  }

  private static Device pciConfig(String fault, String row, ReadFault config) {
    return new Device(fault, row, DriverInterface.PCI_MODERN, () -> new Pci(config, READS_RIGHT));
  }

  private static Device pciBar(String fault, String row, ReadFault bar) {
    return new Device(fault, row, DriverInterface.PCI_MODERN, () -> new Pci(READS_RIGHT, bar));
  }

  private static final class Mmio extends InProcessMmio {
    private final ReadFault reads;
    private final WriteFault writes;

    Mmio(ReadFault reads, WriteFault writes) {
      super(MmioVersion.MODERN);
      this.reads = reads;
      this.writes = writes;
    }

    @Override
    public long registerRead(long offset, int size) {
      return reads.read(offset, size, super.registerRead(offset, size));
    }

    @Override
    public void registerWrite(long offset, int size, long value) {
      long written = writes.write(offset, value);
      if (written >= 0) {
        super.registerWrite(offset, size, written);
      }
    }
  }

  private static final class Pci extends InProcessPci {
    private final ReadFault config;
    private final ReadFault bar;

    Pci(ReadFault config, ReadFault bar) {
      super(PciIdentity.MODERN);
      this.config = config;
      this.bar = bar;
    }

    @Override
    public long configRead(int offset, int size) {
      return config.read(offset, size, super.configRead(offset, size));
    }

    @Override
    public long barRead(int number, long offset, int size) {
      long right = super.barRead(number, offset, size);
      return number == PciConfigLayout.MODERN_BAR ? bar.read(offset, size, right) : right;
    }
  }

  /** Passes on what the device does, and tells where bulk data was stored. */
  private static class FaultyMemory implements GuestMemory {
    private final GuestMemory ram;

    FaultyMemory(GuestMemory ram) {
      this.ram = ram;
    }

    /** Bytes were written from an address on. */
    void stored(long unused) {}

    @Override
    public boolean isRam(long address, long length) {
      return ram.isRam(address, length);
    }

    @Override
    public byte loadByte(long address) {
      return ram.loadByte(address);
    }

    @Override
    public short loadShort(long address) {
      return ram.loadShort(address);
    }

    @Override
    public int loadInt(long address) {
      return ram.loadInt(address);
    }

    @Override
    public long loadLong(long address) {
      return ram.loadLong(address);
    }

    @Override
    public void storeByte(long address, byte value) {
      ram.storeByte(address, value);
    }

    @Override
    public void storeShort(long address, short value) {
      ram.storeShort(address, value);
    }

    @Override
    public void storeInt(long address, int value) {
      ram.storeInt(address, value);
    }

    @Override
    public void storeLong(long address, long value) {
      ram.storeLong(address, value);
    }

    @Override
    public void write(long address, ByteBuffer source, int index, int length) {
      ram.write(address, source, index, length);
      stored(address);
    }
  }

  /** The device sees other flags in the available ring than the driver wrote. */
  private static final class FlagsMemory extends FaultyMemory {
    private final int flags;

    FlagsMemory(GuestMemory ram, int flags) {
      super(ram);
      this.flags = flags;
    }

    @Override
    public short loadShort(long address) {
      return address == AVAIL ? (short) flags : super.loadShort(address);
    }

    @Override
    public short loadShortAcquire(long address) {
      return address == AVAIL ? (short) flags : super.loadShortAcquire(address);
    }
  }
}

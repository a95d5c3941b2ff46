package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.dut.PciFirmware;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The least driver: a modern device, one split ring of 8, buffers of one descriptor each. */
final class RingDriver {
  static final long BUFFERS = 0x110_0000L;
  private static final long TABLE = 0x100_0000L;
  private static final long AVAIL = 0x100_1000L;
  private static final long USED = 0x100_2000L;
  private static final int REGISTERS = 4;
  private static final int SIZE = 8;

  private final DeviceUnderTest device;
  private int posted;

  RingDriver(DeviceUnderTest device) {
    this.device = device;
  }

  /** From power-on to DRIVER_OK, without event index. */
  RingDriver start() {
    PciFirmware.bringUp(device);
    write(0x14, 1, 0);
    write(0x14, 1, 3);
    write(0x08, 4, 1);
    write(0x0c, 4, 1);
    write(0x14, 1, 0xb);
    assertEquals(0xb, read(0x14, 1));
    device.memoryFill(TABLE, 0x3000, 0);
    write(0x18, 2, SIZE);
    write(0x20, 8, TABLE);
    write(0x28, 8, AVAIL);
    write(0x30, 8, USED);
    write(0x1c, 2, 1);
    write(0x14, 1, 0xf);
    return this;
  }

  /** Posts a buffer, as the descriptor that has its turn, and returns its address. */
  long post(int length) {
    int slot = posted % SIZE;
    long address = BUFFERS + (long) slot * 0x40000;
    ByteBuffer descriptor = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    descriptor.putLong(address).putInt(length).putShort((short) 2);
    device.memoryWrite(TABLE + 16L * slot, descriptor.array());
    putShort(AVAIL + 4 + 2L * slot, slot);
    posted++;
    putShort(AVAIL + 2, posted);
    return address;
  }

  void kick() {
    device.barWrite(REGISTERS, 0x3000, 2, 0);
  }

  int usedIdx() {
    return ByteBuffer.wrap(device.memoryRead(USED + 2, 2))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getShort();
  }

  int usedLength(int position) {
    return ByteBuffer.wrap(device.memoryRead(USED + 4 + 8L * position + 4, 4))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getInt();
  }

  long read(int register, int size) {
    return device.barRead(REGISTERS, register, size);
  }

  void write(int register, int size, long value) {
    device.barWrite(REGISTERS, register, size, value);
  }

  private void putShort(long address, int value) {
    device.memoryWrite(address, new byte[] {(byte) value, (byte) (value >>> 8)});
  }
}

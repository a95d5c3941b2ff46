package io.virtentropy.examples.kvmvmm;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.virtentropy.virtio.memory.RegionMemory;
import java.nio.ByteBuffer;

/** The guest's RAM: mapped once, seen by KVM, by the device and by the monitor. */
final class Ram implements AutoCloseable {
  private static final int READ_WRITE = 3;
  private static final int SHARED_ANONYMOUS = 0x21;

  private final long address;
  private final ByteBuffer bytes;

  Ram(int length) {
    address = Libc.mmap(0, length, READ_WRITE, SHARED_ANONYMOUS, -1, 0);
    if (address == -1) {
      throw new KvmException("mapping " + length + " bytes of RAM", Native.getLastError());
    }
    bytes = new Pointer(address).getByteBuffer(0, length);
  }

  long address() {
    return address;
  }

  int length() {
    return bytes.capacity();
  }

  /** The RAM as the device is given it: from guest-physical address 0 on. */
  RegionMemory asGuestMemory() {
    return RegionMemory.of(RegionMemory.Sharing.SHARED, 0, bytes);
  }

  void load(int at, byte[] image) {
    bytes.put(at, image);
  }

  /** Reads as far as there is RAM. */
  int read(long at, byte[] target) {
    if (at < 0 || at >= length()) {
      return 0;
    }
    int count = (int) Math.min(target.length, length() - at);
    bytes.get((int) at, target, 0, count);
    return count;
  }

  @Override
  public void close() {
    Libc.munmap(address, length());
  }
}

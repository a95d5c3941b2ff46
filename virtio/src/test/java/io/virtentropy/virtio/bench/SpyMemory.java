package io.virtentropy.virtio.bench;

import io.virtentropy.virtio.memory.GuestMemory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A memory that notes every access made through it, in order, and can change a value between its
 * first and its second read. Offers no buffers, so that all goes through scalars and {@code write}.
 */
public final class SpyMemory implements GuestMemory {
  /** What was done. */
  public enum Kind {
    /** A load or a bulk read. */
    READ,
    /** A store or a bulk write. */
    WRITE,
    /** A full fence. */
    FENCE
  }

  /** One access. */
  public record Access(Kind kind, long address, long length, boolean ordered) {
    /** Says whether it touches a range. */
    public boolean touches(long from, long bytes) {
      return kind != Kind.FENCE && address < from + bytes && from < address + length;
    }
  }

  private final GuestMemory memory;
  private final List<Access> accesses = new ArrayList<>();
  private final Map<Long, Runnable> afterRead = new HashMap<>();
  private final Map<Long, Runnable> afterWrite = new HashMap<>();
  private boolean ordered;
  private long passed;
  private long interruptAt = -1;
  private Runnable interruption = () -> {};

  /** Watches a memory. */
  public SpyMemory(GuestMemory memory) {
    this.memory = memory;
  }

  /** Forgets what was noted. */
  public void forget() {
    accesses.clear();
  }

  /** What was noted, in order. */
  public List<Access> accesses() {
    return List.copyOf(accesses);
  }

  /** The reads that touch a range. */
  public List<Access> reads(long from, long bytes) {
    return touching(Kind.READ, from, bytes);
  }

  /** The writes that touch a range. */
  public List<Access> writes(long from, long bytes) {
    return touching(Kind.WRITE, from, bytes);
  }

  /** All writes. */
  public List<Access> writes() {
    return accesses.stream().filter(access -> access.kind() == Kind.WRITE).toList();
  }

  private List<Access> touching(Kind kind, long from, long bytes) {
    return accesses.stream()
        .filter(access -> access.kind() == kind && access.touches(from, bytes))
        .toList();
  }

  /** Runs something once, right after an address was read: a driver that changes its mind. */
  public void onceRead(long address, Runnable then) {
    afterRead.put(address, then);
  }

  /** Runs something once, right after an address was written. */
  public void onceWritten(long address, Runnable then) {
    afterWrite.put(address, then);
  }

  /**
   * Runs something once, right before the nth access from now on: the other side, at a moment of
   * the test's choice.
   *
   * @param n 0 for the next access
   */
  public void beforeAccess(long n, Runnable then) {
    passed = 0;
    interruptAt = n;
    interruption = then;
  }

  private void step() {
    if (passed++ == interruptAt) {
      interruption.run();
    }
  }

  /** The bytes that were read more than once since {@link #forget}. */
  public Set<Long> bytesReadTwice() {
    Set<Long> once = new HashSet<>();
    Set<Long> twice = new TreeSet<>();
    for (Access access : accesses) {
      for (long i = 0; access.kind() == Kind.READ && i < access.length(); i++) {
        if (!once.add(access.address() + i)) {
          twice.add(access.address() + i);
        }
      }
    }
    return twice;
  }

  private void note(Kind kind, long address, long length) {
    accesses.add(new Access(kind, address, length, ordered));
    ordered = false;
  }

  private static void run(Map<Long, Runnable> hooks, long address, long length) {
    if (hooks.isEmpty()) {
      return;
    }
    for (Long hooked : List.copyOf(hooks.keySet())) {
      if (hooked >= address && hooked < address + length) {
        hooks.remove(hooked).run();
      }
    }
  }

  private void read(long address, long length) {
    note(Kind.READ, address, length);
    run(afterRead, address, length);
  }

  private void wrote(long address, long length) {
    note(Kind.WRITE, address, length);
    run(afterWrite, address, length);
  }

  @Override
  public boolean isRam(long address, long length) {
    return memory.isRam(address, length);
  }

  @Override
  public byte loadByte(long address) {
    step();
    byte value = memory.loadByte(address);
    read(address, 1);
    return value;
  }

  @Override
  public short loadShort(long address) {
    step();
    short value = memory.loadShort(address);
    read(address, 2);
    return value;
  }

  @Override
  public int loadInt(long address) {
    step();
    int value = memory.loadInt(address);
    read(address, 4);
    return value;
  }

  @Override
  public long loadLong(long address) {
    step();
    long value = memory.loadLong(address);
    read(address, 8);
    return value;
  }

  @Override
  public void storeByte(long address, byte value) {
    step();
    memory.storeByte(address, value);
    wrote(address, 1);
  }

  @Override
  public void storeShort(long address, short value) {
    step();
    memory.storeShort(address, value);
    wrote(address, 2);
  }

  @Override
  public void storeInt(long address, int value) {
    step();
    memory.storeInt(address, value);
    wrote(address, 4);
  }

  @Override
  public void storeLong(long address, long value) {
    step();
    memory.storeLong(address, value);
    wrote(address, 8);
  }

  @Override
  public void write(long address, ByteBuffer source, int index, int length) {
    step();
    memory.write(address, source, index, length);
    wrote(address, length);
  }

  @Override
  public void read(long address, ByteBuffer target, int index, int length) {
    memory.read(address, target, index, length);
    read(address, length);
  }

  @Override
  public short loadShortAcquire(long address) {
    ordered = true;
    return loadShort(address);
  }

  @Override
  public void storeShortRelease(long address, short value) {
    ordered = true;
    storeShort(address, value);
  }

  @Override
  public void fullFence() {
    step();
    note(Kind.FENCE, 0, 0);
  }
}

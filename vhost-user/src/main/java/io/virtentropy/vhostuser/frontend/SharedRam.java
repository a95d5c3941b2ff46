package io.virtentropy.vhostuser.frontend;

import io.virtentropy.vhostuser.linux.Descriptor;
import io.virtentropy.vhostuser.linux.FileStatus;
import io.virtentropy.vhostuser.linux.MemoryFile;
import io.virtentropy.vhostuser.linux.SharedMapping;
import io.virtentropy.vhostuser.linux.SystemCallException;
import io.virtentropy.virtio.memory.RegionMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Guest memory in files without a name, to be shared with a back-end.
 *
 * <p>Each region has an address for the guest and another for the front-end. They differ by an odd
 * number of pages, so that whoever takes one for the other is found out.
 *
 * <p>Not to be accessed after {@link #close}.
 */
public final class SharedRam implements AutoCloseable {
  /** What a front-end's address is more than the guest's. */
  public static final long USER_OFFSET = 0x7f31_2345_7000L;

  private static final int WINDOW = 1 << 30;

  /**
   * A region.
   *
   * @param guestAddress its first guest-physical address
   * @param size its length in bytes
   * @param fileOffset where it begins in its file
   */
  public record Region(long guestAddress, long size, long fileOffset) {
    /**
     * Its first address in the front-end.
     *
     * @return what ring addresses are given in
     */
    public long userAddress() {
      return guestAddress + USER_OFFSET;
    }
  }

  private final List<Region> regions;
  private final List<Descriptor> files = new ArrayList<>();
  private final List<SharedMapping> mappings = new ArrayList<>();
  private final RegionMemory memory = new RegionMemory(RegionMemory.Sharing.SHARED);

  private SharedRam(List<Region> regions) {
    this.regions = List.copyOf(regions);
  }

  /**
   * Makes memory of zeros.
   *
   * @param regions what it consists of, each in a file of its own
   * @return the memory
   * @throws IOException if there is no room for it
   */
  public static SharedRam of(Region... regions) throws IOException {
    SharedRam ram = new SharedRam(List.of(regions));
    boolean complete = false;
    try {
      for (Region region : regions) {
        ram.share(region);
      }
      complete = true;
      return ram;
    } finally {
      if (!complete) {
        ram.close();
      }
    }
  }

  /**
   * Makes memory of one region at guest-physical address 0.
   *
   * @param size its length in bytes
   * @return the memory
   * @throws IOException if there is no room for it
   */
  public static SharedRam ofSize(long size) throws IOException {
    return of(new Region(0, size, 0));
  }

  private void share(Region region) throws SystemCallException {
    Descriptor file = MemoryFile.create("guest-ram", region.fileOffset() + region.size());
    files.add(file);
    long blockSize = FileStatus.of(file).blockSize();
    SharedMapping mapping = SharedMapping.of(file, region.fileOffset(), region.size(), blockSize);
    mappings.add(mapping);
    for (long at = 0; at < region.size(); at += WINDOW) {
      int part = (int) Math.min(WINDOW, region.size() - at);
      memory.add(region.guestAddress() + at, mapping.window(at, part));
    }
  }

  /**
   * The memory as the guest sees it.
   *
   * @return for a driver
   */
  public RegionMemory memory() {
    return memory;
  }

  /**
   * What the memory consists of.
   *
   * @return the regions in the order they were given
   */
  public List<Region> regions() {
    return regions;
  }

  /**
   * A region's file.
   *
   * @param region its place in {@link #regions}
   * @return the number of a descriptor that is open until {@link #close}
   */
  public int descriptor(int region) {
    return files.get(region).number();
  }

  /**
   * Makes a region's file longer or shorter while it is in use, as no well-behaved front-end does.
   *
   * @param region its place in {@link #regions}
   * @param fileSize the file's new length
   * @throws IOException if that is not allowed
   */
  public void resizeFile(int region, long fileSize) throws IOException {
    MemoryFile.resize(files.get(region), fileSize);
  }

  /**
   * Translates an address.
   *
   * @param guestAddress an address in one of the regions
   * @return what the front-end calls it
   */
  public static long userAddress(long guestAddress) {
    return guestAddress + USER_OFFSET;
  }

  /** Gives the memory up. Idempotent. */
  @Override
  public void close() {
    memory.clear();
    mappings.forEach(SharedMapping::close);
    files.forEach(Descriptor::close);
  }
}

package io.virtentropy.vhostuser.memory;

import io.virtentropy.vhostuser.linux.Descriptor;
import io.virtentropy.vhostuser.linux.DescriptorBatch;
import io.virtentropy.virtio.memory.RegionMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * The regions of one guest, mapped, and the guest memory made of them.
 *
 * <p>The mappings that a change takes away are gone when its call returns: whoever uses the memory
 * from another thread, or keeps a buffer of it, brings the process down. Nobody does either here.
 */
public final class MemoryTable implements AutoCloseable {
  /** The most regions there may be; what libvhost-user has, and the kernel's vhost. */
  public static final int MOST_REGIONS = 509;

  /**
   * The most guest memory there may be, in bytes: 16 TiB. A sparse file costs a front-end nothing,
   * the bookkeeping of its windows costs us time.
   */
  public static final long MOST_BYTES = 1L << 44;

  private final RegionMemory memory = new RegionMemory(RegionMemory.Sharing.SHARED);
  private List<MappedRegion> regions = new ArrayList<>();

  /** Creates a table without regions. */
  public MemoryTable() {}

  /**
   * The guest's memory.
   *
   * @return always the same object, over the regions of the moment
   */
  public RegionMemory memory() {
    return memory;
  }

  /**
   * How many regions there are.
   *
   * @return 0 to {@link #MOST_REGIONS}
   */
  public int size() {
    return regions.size();
  }

  /**
   * How much memory there is.
   *
   * @return the regions' lengths together
   */
  public long totalBytes() {
    long total = 0;
    for (MappedRegion region : regions) {
      total += region.description().size();
    }
    return total;
  }

  /**
   * Replaces all regions.
   *
   * @param descriptions the new ones
   * @param files a file for each; those that are needed are taken
   * @throws RegionRefusedException if one of them can't be; the old ones are in place then
   */
  public void replace(List<RegionDescription> descriptions, DescriptorBatch files)
      throws RegionRefusedException {
    List<MappedRegion> replacement = new ArrayList<>();
    boolean complete = false;
    try {
      for (int i = 0; i < descriptions.size(); i++) {
        requireRoom(descriptions.get(i), replacement);
        replacement.add(map(descriptions.get(i), files.take(i)));
      }
      complete = true;
    } finally {
      if (!complete) {
        replacement.forEach(MappedRegion::close);
      }
    }
    close();
    regions = replacement;
    regions.forEach(region -> region.addTo(memory));
  }

  /**
   * Adds a region.
   *
   * @param description what it is
   * @param file its file; taken over in any case
   * @throws RegionRefusedException if it can't be added
   */
  public void add(RegionDescription description, Descriptor file) throws RegionRefusedException {
    boolean added = false;
    try {
      requireRoom(description, regions);
      MappedRegion region = MappedRegion.map(description, file);
      added = true;
      regions.add(region);
      region.addTo(memory);
    } finally {
      if (!added) {
        file.close();
      }
    }
  }

  private static MappedRegion map(RegionDescription description, Descriptor file)
      throws RegionRefusedException {
    try {
      return MappedRegion.map(description, file);
    } catch (RegionRefusedException e) {
      file.close();
      throw e;
    }
  }

  private static void requireRoom(RegionDescription description, List<MappedRegion> others)
      throws RegionRefusedException {
    if (others.size() >= MOST_REGIONS) {
      throw new RegionRefusedException(
          description + " would be one more than the " + MOST_REGIONS + " that are accepted");
    }
    long room = MOST_BYTES;
    for (MappedRegion other : others) {
      if (description.overlaps(other.description())) {
        throw new RegionRefusedException(description + " overlaps " + other.description());
      }
      room -= other.description().size();
    }
    if (Long.compareUnsigned(description.size(), room) > 0) {
      throw new RegionRefusedException(
          description + " would make more than the " + MOST_BYTES + " bytes that are accepted");
    }
  }

  /**
   * Removes a region.
   *
   * @param description its guest address, front-end address and size; the offset means nothing
   * @throws RegionRefusedException if there is no such region
   */
  public void remove(RegionDescription description) throws RegionRefusedException {
    for (int i = 0; i < regions.size(); i++) {
      if (regions.get(i).description().isSamePlace(description)) {
        MappedRegion removed = regions.remove(i);
        memory.clear();
        regions.forEach(region -> region.addTo(memory));
        removed.close();
        return;
      }
    }
    throw new RegionRefusedException(description + " is not one of the " + regions.size());
  }

  /** Removes all regions. The table can be filled again. */
  @Override
  public void close() {
    memory.clear();
    regions.forEach(MappedRegion::close);
    regions = new ArrayList<>();
  }

  /**
   * Translates a range of the front-end's addresses. It may span regions that adjoin in both
   * address spaces.
   *
   * @param userAddress its first address in the front-end
   * @param length how long it is, 1 or more
   * @return its place in the guest's memory, or null if it has none
   */
  public GuestRange translate(long userAddress, long length) {
    MappedRegion first = holding(userAddress);
    if (first == null) {
      return null;
    }
    long guest =
        first.description().guestAddress() + (userAddress - first.description().userAddress());
    MappedRegion region = first;
    while (true) {
      RegionDescription here = region.description();
      long done = here.userAddress() + here.size() - userAddress;
      if (done >= length) {
        return new GuestRange(guest, length);
      }
      region = holding(userAddress + done);
      if (region == null || region.description().guestAddress() != guest + done) {
        return null;
      }
    }
  }

  private MappedRegion holding(long userAddress) {
    for (MappedRegion region : regions) {
      if (region.holdsUser(userAddress)) {
        return region;
      }
    }
    return null;
  }

  /**
   * Says whether a file has become shorter than what is mapped of it: whoever did that has caused
   * the access faults there are.
   *
   * @return the first such region, or null
   */
  public RegionDescription shrunkRegion() {
    for (MappedRegion region : regions) {
      if (region.hasShrunk()) {
        return region.description();
      }
    }
    return null;
  }
}

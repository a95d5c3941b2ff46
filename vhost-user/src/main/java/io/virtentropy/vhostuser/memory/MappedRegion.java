package io.virtentropy.vhostuser.memory;

import io.virtentropy.vhostuser.linux.Descriptor;
import io.virtentropy.vhostuser.linux.FileStatus;
import io.virtentropy.vhostuser.linux.SharedMapping;
import io.virtentropy.vhostuser.linux.SystemCallException;
import io.virtentropy.virtio.memory.RegionMemory;

/** A region that is mapped, with its file kept open so that its length can be looked at. */
final class MappedRegion implements AutoCloseable {
  /**
   * A buffer is indexed by int; larger regions are seen through several windows of this size, a
   * whole number of 2 MiB pages.
   */
  private static final int WINDOW = Integer.MAX_VALUE & -(1 << 21);

  private final RegionDescription description;
  private final Descriptor file;
  private final SharedMapping mapping;

  private MappedRegion(RegionDescription description, Descriptor file, SharedMapping mapping) {
    this.description = description;
    this.file = file;
    this.mapping = mapping;
  }

  /** Maps a region; takes over the file if that succeeds. */
  static MappedRegion map(RegionDescription region, Descriptor file) throws RegionRefusedException {
    String fault = region.fault();
    if (fault != null) {
      throw new RegionRefusedException(fault);
    }
    try {
      FileStatus status = FileStatus.of(file);
      if (!status.isRegularFile() && !status.isCharacterDevice()) {
        throw new RegionRefusedException(region + " came with a descriptor that is no memory");
      }
      if (endsBefore(status, region)) {
        throw new RegionRefusedException(
            region + " reaches beyond the end of its file of " + status.size() + " bytes");
      }
      SharedMapping mapping =
          SharedMapping.of(file, region.fileOffset(), region.size(), status.blockSize());
      return new MappedRegion(region, file, mapping);
    } catch (SystemCallException e) {
      throw new RegionRefusedException(region + " can't be mapped: " + e.getMessage());
    }
  }

  /** Devices such as DAX memory have no length to speak of. */
  private static boolean endsBefore(FileStatus status, RegionDescription region) {
    return status.isRegularFile() && status.size() < region.fileOffset() + region.size();
  }

  RegionDescription description() {
    return description;
  }

  void addTo(RegionMemory memory) {
    long at = 0;
    while (at < description.size()) {
      int part = (int) Math.min(WINDOW, description.size() - at);
      memory.add(description.guestAddress() + at, mapping.window(at, part));
      at += part;
    }
  }

  boolean holdsUser(long address) {
    return Long.compareUnsigned(address - description.userAddress(), description.size()) < 0;
  }

  /** Says whether the file is shorter now than what is mapped of it. */
  boolean hasShrunk() {
    try {
      return endsBefore(FileStatus.of(file), description);
    } catch (SystemCallException e) {
      return false;
    }
  }

  @Override
  public void close() {
    mapping.close();
    file.close();
  }
}

package io.virtentropy.conformance.model;

import java.util.ArrayList;
import java.util.List;

/**
 * The memory of one chain, in pieces that are either wholly in RAM or wholly not. What is not in
 * RAM gets a stand-in, of which there is little.
 */
final class BufferPieces {
  private static final int MOST_PIECES = 1024;
  private static final long STAND_IN_BYTES = 4096;

  private record Piece(long address, long length) {}

  private final Dma dma;
  private final boolean sharesStandIn;
  private final List<Piece> writable = new ArrayList<>();
  private final List<Piece> readable = new ArrayList<>();
  private long standInUsed;

  BufferPieces(Dma dma, QemuRelease release) {
    this.dma = dma;
    this.sharesStandIn = release.sharesBounceBytes;
  }

  void add(Descriptor descriptor) {
    if (!descriptor.isWritable() && !writable.isEmpty()) {
      throw new RingFault("Incorrect order for descriptors");
    }
    if (descriptor.length() == 0) {
      throw new RingFault("virtio: zero sized buffers are not allowed");
    }
    long address = descriptor.address();
    long left = descriptor.length();
    List<Piece> pieces = descriptor.isWritable() ? writable : readable;
    while (left > 0) {
      if (writable.size() + readable.size() == MOST_PIECES) {
        throw new RingFault("virtio: too many write descriptors in indirect table");
      }
      long mapped = map(address, left);
      pieces.add(new Piece(address, mapped));
      address += mapped;
      left -= mapped;
    }
  }

  private long map(long address, long wanted) {
    long same = dma.sameKind(address, wanted);
    if (dma.reaches(address)) {
      return same;
    }
    long free = standInUsed > 0 && !sharesStandIn ? 0 : STAND_IN_BYTES - standInUsed;
    long mapped = Math.min(same, free);
    if (mapped == 0) {
      throw new RingFault("virtio: bogus descriptor or out of resources");
    }
    standInUsed += mapped;
    return mapped;
  }

  /** Fills the writable ones from an offset of the bytes on, and returns how many they took. */
  int fill(byte[] bytes, int offset) {
    int taken = 0;
    for (Piece piece : writable) {
      for (long i = 0; i < piece.length && offset + taken < bytes.length; i++) {
        dma.write(piece.address + i, 1, bytes[offset + taken]);
        taken++;
      }
    }
    return taken;
  }
}

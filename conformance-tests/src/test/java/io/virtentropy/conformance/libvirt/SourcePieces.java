package io.virtentropy.conformance.libvirt;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the bytes of streams in the source that was dealt out to them: every stream has pieces of
 * the source, in its order as long as they came through one device, and no byte of the source is in
 * two places.
 *
 * <p>The source is random, so that a piece of {@value #KEY_BYTES} bytes is found by what it holds.
 * Shorter ones, and the bounds between two pieces where a byte fits to both, are put where nothing
 * else is: what then has no place was delivered twice, or isn't the source's.
 */
final class SourcePieces {
  private static final int KEY_BYTES = 6;

  /** The most bytes between two pieces that were found. */
  private static final int LOOSE_BYTES = 48;

  /** Bytes at each end of a piece that may belong to a short one beside it. */
  private static final int EDGE_BYTES = 3;

  /** The most places at which loose bytes are taken to be cut. */
  private static final int MOST_CUTS = 4;

  /** Cuts around bytes that belong to neither of the pieces beside them. */
  private static final int APART = 2;

  /** How far a stream's next piece is looked for before it is looked for everywhere. */
  private static final int NEAR_BYTES = 64 * 1024;

  private final byte[] source;
  private final BitSet covered = new BitSet();
  private final List<Piece> pieces = new ArrayList<>();
  private final List<Loose> loose = new ArrayList<>();
  private final Map<String, Integer> reached = new HashMap<>();

  /**
   * Bytes that lie together in the source and in a stream.
   *
   * @param before the end in the source of the stream's piece before it
   * @param behind the place in the source of the stream's piece behind it
   */
  private record Piece(String stream, int at, int source, int length, int before, int behind) {
    int end() {
      return source + length;
    }

    Piece without(int first, int last) {
      return new Piece(stream, at + first, source + first, length - first - last, before, behind);
    }
  }

  /** Bytes of a stream between two pieces, the first of which ends where the source has more. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
  private record Loose(String stream, int at, byte[] bytes, int from, int to, int leastCuts) {}

  SourcePieces(byte[] source) {
    this.source = source;
  }

  /**
   * Takes a stream from its beginning.
   *
   * @return how many bytes at the end are too few to be found
   * @throws AssertionError if a byte is not of the source, or was delivered before
   */
  int accept(String stream, byte[] bytes) {
    Piece last = null;
    int at = 0;
    while (at < bytes.length) {
      Piece next = find(stream, bytes, at, last == null ? 0 : last.end());
      if (next == null) {
        break;
      }
      if (last != null) {
        next = between(bytes, last, next);
      }
      at = next.at() + next.length();
      last = next;
    }
    if (last != null) {
      add(last);
      reached.put(stream, last.end());
    }
    if (bytes.length - at >= KEY_BYTES + LOOSE_BYTES) {
      throw new AssertionError(
          "byte " + at + " of " + bytes.length + " of " + stream + " is not the source's next");
    }
    return bytes.length - at;
  }

  private Piece find(String stream, byte[] bytes, int at, int from) {
    int lastKey = source.length - KEY_BYTES;
    int near = Math.min(from + NEAR_BYTES, source.length);
    for (int[] range : new int[][] {{from, near}, {near, source.length}, {0, from}}) {
      for (int skipped = 0; skipped <= LOOSE_BYTES; skipped++) {
        int start = at + skipped;
        if (start + KEY_BYTES > bytes.length) {
          break;
        }
        for (int place = range[0]; place < Math.min(range[1], lastKey + 1); place++) {
          if (same(bytes, start, place, KEY_BYTES)) {
            int length = KEY_BYTES;
            while (start + length < bytes.length
                && place + length < source.length
                && bytes[start + length] == source[place + length]) {
              length++;
            }
            return new Piece(stream, start, place, length, from, source.length);
          }
        }
      }
    }
    return null;
  }

  private boolean same(byte[] bytes, int at, int place, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[at + i] != source[place + i]) {
        return false;
      }
    }
    return true;
  }

  /** Settles the first of two pieces, as far as that can be done, and gives back the second. */
  private Piece between(byte[] bytes, Piece last, Piece next) {
    int before = last.at() + last.length();
    int cut = 0;
    int skipped = 0;
    if (next.at() > before) {
      cut = Math.min(EDGE_BYTES, last.length() - 1);
      skipped = EDGE_BYTES;
    } else {
      while (cut < last.length() - 1
          && next.source() - cut > 0
          && bytes[before - cut - 1] == source[next.source() - cut - 1]) {
        cut++;
      }
    }
    Piece rest = next.without(skipped, 0);
    Piece settled =
        new Piece(
            last.stream(),
            last.at(),
            last.source(),
            last.length() - cut,
            last.before(),
            rest.source());
    add(settled);
    int looseAt = settled.at() + settled.length();
    if (rest.at() > looseAt) {
      byte[] between = Arrays.copyOfRange(bytes, looseAt, rest.at());
      loose.add(new Loose(last.stream(), looseAt, between, settled.end(), rest.source(), 0));
    }
    return rest;
  }

  private void add(Piece piece) {
    Piece added = piece;
    int first = covered.nextSetBit(added.source());
    while (first >= 0 && first < added.end()) {
      added = part(added, first);
      first = covered.nextSetBit(added.source());
    }
    covered.set(added.source(), added.end());
    pieces.add(added);
  }

  /**
   * Takes what a piece shares with another from both. A byte or two that came alone are taken for
   * the end of the piece before them, or the beginning of that behind, if they are the same as the
   * source's next by chance.
   */
  private Piece part(Piece piece, int first) {
    Piece other =
        pieces.stream()
            .filter(p -> p.source() <= first && first < p.end())
            .findFirst()
            .orElse(null);
    int shared =
        other == null
            ? Integer.MAX_VALUE
            : Math.min(piece.end(), other.end()) - Math.max(piece.source(), other.source());
    if (shared > EDGE_BYTES || shared >= Math.min(piece.length(), other.length())) {
      throw new AssertionError(
          "byte "
              + first
              + " of the source was delivered twice, to "
              + piece.stream()
              + " as its byte "
              + (piece.at() + first - piece.source())
              + " and to "
              + (other == null ? "another" : other.toString()));
    }
    pieces.remove(other);
    boolean comesFirst = piece.source() < other.source();
    pieces.add(comesFirst ? withoutBeginning(other, shared) : withoutEnd(other, shared));
    covered.clear(first, first + shared);
    return comesFirst ? withoutEnd(piece, shared) : withoutBeginning(piece, shared);
  }

  private Piece withoutEnd(Piece piece, int bytes) {
    Piece rest = piece.without(0, bytes);
    byte[] end = Arrays.copyOfRange(source, rest.end(), piece.end());
    loose.add(
        new Loose(
            piece.stream(), rest.at() + rest.length(), end, rest.end(), piece.behind(), APART));
    return rest;
  }

  private Piece withoutBeginning(Piece piece, int bytes) {
    Piece rest = piece.without(bytes, 0);
    byte[] beginning = Arrays.copyOfRange(source, piece.source(), rest.source());
    loose.add(
        new Loose(piece.stream(), piece.at(), beginning, piece.before(), rest.source(), APART));
    return rest;
  }

  // ---- loose bytes

  /** Finds a place for all that is loose: first for what has only one. */
  private void settle() {
    while (!loose.isEmpty()) {
      boolean moved = loose.removeIf(bytes -> place(bytes, true));
      if (!moved) {
        place(loose.remove(0), false);
      }
    }
  }

  private boolean place(Loose bytes, boolean onlyIfOne) {
    List<int[]> places = places(bytes);
    if (places.isEmpty()) {
      throw new AssertionError(
          bytes.bytes().length
              + " bytes of "
              + bytes.stream()
              + " from its byte "
              + bytes.at()
              + " on have no place of their own between bytes "
              + bytes.from()
              + " and "
              + bytes.to()
              + " of the source: delivered twice, or not its");
    }
    if (onlyIfOne && places.size() > 1) {
      return false;
    }
    for (int place : places.get(0)) {
      covered.set(place);
    }
    return true;
  }

  /** At most two ways to put loose bytes into as few pieces as they can be, in order. */
  private List<int[]> places(Loose loose) {
    List<int[]> found = new ArrayList<>();
    int[] places = new int[loose.bytes().length];
    for (int cuts = loose.leastCuts(); cuts <= MOST_CUTS && found.isEmpty(); cuts++) {
      place(loose, 0, loose.from(), cuts, places, found);
    }
    return found;
  }

  private void place(Loose loose, int at, int next, int cuts, int[] places, List<int[]> found) {
    if (found.size() > 1) {
      return;
    }
    if (at == places.length) {
      if (next == loose.to() || cuts > 0) {
        found.add(places.clone());
      }
      return;
    }
    tryAt(next, loose, at, cuts, places, found);
    if (cuts > 0) {
      boolean onwards = loose.from() <= loose.to();
      // After a step back nothing but the next piece is near.
      int first = onwards ? next + 1 : loose.to() - (places.length - at);
      int last = onwards ? loose.to() - 1 : first;
      for (int place = first; place <= last; place++) {
        tryAt(place, loose, at, cuts - 1, places, found);
      }
    }
  }

  private void tryAt(int place, Loose loose, int at, int cuts, int[] places, List<int[]> found) {
    boolean free =
        place >= 0
            && place < source.length
            && loose.bytes()[at] == source[place]
            && !covered.get(place);
    if (free) {
      places[at] = place;
      place(loose, at + 1, place + 1, cuts, places, found);
    }
  }

  // ---- what is asked of it

  /**
   * Checks that no byte of the source is in two places.
   *
   * @return how many bytes were delivered
   */
  int requireOnce() {
    settle();
    return covered.cardinality();
  }

  /** Checks that every byte of a part of the source was delivered. */
  void requireAll(int from, int to) {
    settle();
    int missing = covered.nextClearBit(from);
    if (missing < to) {
      int next = covered.nextSetBit(missing);
      throw new AssertionError(
          "bytes "
              + missing
              + " to "
              + (next < 0 ? to : Math.min(next, to))
              + " of the source reached nobody");
    }
  }

  /** Which bytes before a place were delivered to nobody, as {@code 0 to 384}. */
  List<String> missing(int to) {
    settle();
    List<String> missing = new ArrayList<>();
    int first = covered.nextClearBit(0);
    while (first < to) {
      int next = covered.nextSetBit(first);
      int end = next < 0 ? to : Math.min(next, to);
      missing.add(first + " to " + end);
      first = covered.nextClearBit(end);
    }
    return missing;
  }

  /** The place in the source behind the last byte of a stream that was found. */
  int reached(String stream) {
    return reached.getOrDefault(stream, 0);
  }

  /** How many pieces were found. */
  int count() {
    return pieces.size();
  }
}

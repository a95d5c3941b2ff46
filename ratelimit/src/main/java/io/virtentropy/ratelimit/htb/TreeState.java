package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.bucket.Bucket;
import io.virtentropy.ratelimit.state.StateLayout;
import io.virtentropy.ratelimit.state.StateReader;
import io.virtentropy.ratelimit.state.StateWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A saved tree that has been read and found acceptable.
 *
 * <pre>
 *   policy, grain, number of classes, and for each class, parents first:
 *     path, tokens and totals, and of a leaf: set aside by depth of lender, last grant likewise
 * </pre>
 */
final class TreeState {
  /** The tokens and totals of one class. */
  record Tokens(
      Bucket rate, Bucket peak, long granted, long borrowed, long lent, long throttledNanos) {
    void apply(HtbClass c) {
      c.rate = rate;
      c.peak = peak;
      c.granted = granted;
      c.borrowed = borrowed;
      c.lent = lent;
      c.throttledNanos = throttledNanos;
    }
  }

  private static final class Saved {
    final Tokens tokens;

    /** Of a leaf; bytes by the depth of the lender. */
    long[] reservedFrom;

    long[] lastFrom;

    Saved(Tokens tokens) {
      this.tokens = tokens;
    }
  }

  private final Map<HtbClass, Saved> classes = new LinkedHashMap<>();

  private TreeState() {}

  static byte[] save(HierarchicalTokenBucket tree, long now) {
    StateWriter writer =
        new StateWriter(StateLayout.HTB_TREE)
            .text(tree.policy().name())
            .number(tree.grain())
            .number(tree.classes().size());
    for (HtbClass c : tree.classes()) {
      c.refresh(now);
      writer.text(c.path());
      saveTokens(writer, c);
      if (c instanceof Leaf leaf) {
        saveByDepth(writer, leaf.reservedFrom);
        saveByDepth(writer, leaf.lastFrom);
      }
    }
    return writer.toByteArray();
  }

  static TreeState read(byte[] bytes, HierarchicalTokenBucket tree, long now) {
    StateReader reader = new StateReader(bytes, StateLayout.HTB_TREE);
    String policy = reader.text("policy");
    if (!policy.equals(tree.policy().name())) {
      throw new IllegalArgumentException(
          "the saved policy is '" + policy + "'; " + tree.policy() + " is accepted");
    }
    reader.same("grain", tree.grain());
    Map<String, HtbClass> byPath = new HashMap<>();
    for (HtbClass c : tree.classes()) {
      byPath.put(c.path(), c);
    }
    reader.same("number of classes", byPath.size());
    TreeState state = new TreeState();
    while (!byPath.isEmpty()) {
      String path = reader.text("path of a class");
      HtbClass c = byPath.remove(path);
      if (c == null) {
        throw new IllegalArgumentException(
            "the saved class '"
                + path
                + "' is not one of the tree's, or comes twice; each of them once is accepted");
      }
      Saved saved = new Saved(readTokens(reader, c, now));
      if (c instanceof Leaf) {
        saved.reservedFrom = readByDepth(reader, "what is set aside", c.depth);
        saved.lastFrom = readByDepth(reader, "last grant", c.depth);
      }
      state.classes.put(c, saved);
    }
    reader.end();
    return state;
  }

  /** Changes the tree, of which nobody must be waiting and nothing set aside. */
  void apply() {
    classes.forEach((c, saved) -> saved.tokens.apply(c));
    classes.forEach(
        (c, saved) -> {
          if (c instanceof Leaf leaf) {
            System.arraycopy(saved.lastFrom, 0, leaf.lastFrom, 0, leaf.lastFrom.length);
            Scheduler.putPath(leaf, saved.reservedFrom, Arrays.stream(saved.reservedFrom).sum());
          }
        });
  }

  static void saveTokens(StateWriter writer, HtbClass c) {
    saveBucket(writer, c.rate);
    saveBucket(writer, c.peak);
    writer.number(c.granted).number(c.borrowed).number(c.lent).number(c.throttledNanos);
  }

  static Tokens readTokens(StateReader reader, HtbClass c, long now) {
    return new Tokens(
        readBucket(reader, c.rate, "rate of '" + c.name + "'", now),
        readBucket(reader, c.peak, "peak rate of '" + c.name + "'", now),
        reader.number("bytes granted", 0, Long.MAX_VALUE),
        reader.number("bytes borrowed", 0, Long.MAX_VALUE),
        reader.number("bytes lent", 0, Long.MAX_VALUE),
        reader.number("time throttled", 0, Long.MAX_VALUE));
  }

  private static void saveBucket(StateWriter writer, Bucket bucket) {
    writer.flag(bucket != null);
    if (bucket != null) {
      bucket.save(writer);
    }
  }

  private static Bucket readBucket(StateReader reader, Bucket like, String name, long now) {
    reader.same("presence of " + name, like == null ? 0 : 1);
    return like == null ? null : like.restored(reader, name, now);
  }

  private static void saveByDepth(StateWriter writer, long[] bytes) {
    for (long b : bytes) {
      writer.number(b);
    }
  }

  /** Bytes by the depth of the lender, whose sum is a number of bytes too. */
  private static long[] readByDepth(StateReader reader, String field, int depth) {
    long[] bytes = new long[depth + 1];
    long left = Long.MAX_VALUE;
    for (int i = 0; i <= depth; i++) {
      bytes[i] = reader.number(field, 0, left);
      left -= bytes[i];
    }
    return bytes;
  }
}

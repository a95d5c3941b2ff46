package io.virtentropy.distribution.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.htb.Leaf;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The classes of a pool")
final class ClassTreeTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int SECONDS = 60;

  /** What class "some" may have in that time, and "others" as well. */
  private static final double CLASS_BYTES = 3200.0 * SECONDS;

  private final ManualClock clock = new ManualClock();
  private final ClassTree tree =
      new ClassTree(
          pool(
              "<class name='top'><rate bytes='6400'/>"
                  + "<class name='some'><rate bytes='3200'/></class>"
                  + "<class name='others'><rate bytes='3200'/></class></class>"),
          clock);
  private final Map<Leaf, Long> granted = new HashMap<>();

  private static PoolDefinition pool(String classes) {
    return new PoolXmlParser(UUID::randomUUID)
        .parse(
            "test",
            "<entropypool><name>p</name><source type='rdrand'/><classes>"
                + classes
                + "</classes></entropypool>");
  }

  /** Asks until it has to wait. */
  private void askForAll(Leaf leaf) {
    long got;
    while ((got = leaf.acquireAtLeast(ClassTree.GRAIN_BYTES, ClassTree.GRAIN_BYTES)) > 0) {
      granted.merge(leaf, got, Long::sum);
    }
  }

  /** Has each of them take all it can get, for a minute, after what was saved up. */
  private void run(List<Leaf> thirsty) {
    thirsty.forEach(this::askForAll);
    granted.clear();
    for (int tick = 0; tick < 100 * SECONDS; tick++) {
      Leaf next;
      while ((next = tree.nextReady()) != null) {
        askForAll(next);
      }
      clock.advance(SECOND / 100);
    }
  }

  private long granted(List<Leaf> leaves) {
    return leaves.stream().mapToLong(leaf -> granted.getOrDefault(leaf, 0L)).sum();
  }

  private List<Leaf> ofPeer(String peer, int clients) {
    List<Leaf> leaves = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      leaves.add(tree.attach("some", peer));
    }
    return leaves;
  }

  private static List<Leaf> all(List<List<Leaf>> groups) {
    return groups.stream().flatMap(List::stream).toList();
  }

  @Test
  @DisplayName("should give one share to all clients of one peer, and share that alike")
  void peers() {
    List<Leaf> many = ofPeer("many", 30);
    List<Leaf> few = ofPeer("few", 3);
    List<Leaf> alone = List.of(tree.attach("some"));
    List<Leaf> elsewhere = List.of(tree.attach("others"));
    run(all(List.of(many, few, alone, elsewhere)));
    double third = CLASS_BYTES / 3.0;
    for (List<Leaf> share : List.of(many, few, alone)) {
      assertEquals(third, (double) granted(share), third / 50, granted::toString);
    }
    for (Leaf leaf : many) {
      assertEquals(third / 30, (double) granted.get(leaf), 2.0 * ClassTree.GRAIN_BYTES);
    }
    for (Leaf leaf : few) {
      assertEquals(third / 3, (double) granted.get(leaf), third / 100);
    }
    assertEquals(CLASS_BYTES, (double) granted(elsewhere), CLASS_BYTES / 50);
  }

  @Test
  @DisplayName(
      "should lend what one peer leaves to the others, and forget him with his last client")
  void comeAndGo() {
    List<Leaf> many = ofPeer("many", 5);
    List<Leaf> few = ofPeer("few", 1);
    run(many);
    assertEquals(CLASS_BYTES, (double) granted(many), CLASS_BYTES / 50);
    many.forEach(tree::detach);
    few.forEach(tree::detach);
    assertNull(tree.nextReady());
    List<Leaf> again = ofPeer("many", 2);
    List<Leaf> other = ofPeer("other", 1);
    run(all(List.of(again, other)));
    assertEquals((double) granted(other), (double) granted(again), granted(other) / 50.0);
  }

  private static String nested(int depth) {
    return depth == 0 ? "" : "<class name='c" + depth + "'>" + nested(depth - 1) + "</class>";
  }

  @Test
  @DisplayName("should have room for shares of peers below a class that is 5 deep")
  void deep() {
    ClassTree deepest = new ClassTree(pool(nested(6)), clock);
    deepest.detach(deepest.attach("c1"));
    assertThrows(IllegalArgumentException.class, () -> deepest.attach("c1", "peer"));
    ClassTree flatter = new ClassTree(pool(nested(5)), clock);
    flatter.detach(flatter.attach("c1", "peer"));
  }
}

package io.virtentropy.distribution.pool;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * One shaping class of a pool, with those below it: {@code <class>}.
 *
 * @param name letters, digits, {@code _}, {@code +} and {@code -}; no other class of the pool has
 *     it
 * @param priority 0 (best) to 7; absent means that of the class above, and 0 at the top
 * @param quantum how many bytes the class is served in one turn, 1 to 2<sup>53</sup>; absent means
 *     a tenth of a second's
 * @param rate the sustained limit; under {@code borrow} a guarantee, and then it must be there
 * @param peak the short-term limit; under {@code borrow} the ceiling of what may be borrowed
 * @param classes those below; if there are none, guests draw on this one
 */
public record ClassDefinition(
    String name,
    OptionalInt priority,
    OptionalLong quantum,
    Optional<Bucket> rate,
    Optional<Bucket> peak,
    List<ClassDefinition> classes) {
  /**
   * Copies the classes.
   *
   * @param name its name
   * @param priority its priority
   * @param quantum its quantum
   * @param rate its sustained limit
   * @param peak its short-term limit
   * @param classes those below
   */
  public ClassDefinition {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(priority, "priority");
    Objects.requireNonNull(quantum, "quantum");
    Objects.requireNonNull(rate, "rate");
    Objects.requireNonNull(peak, "peak");
    classes = List.copyOf(classes);
  }

  /** {@return whether guests draw on it} */
  public boolean isLeaf() {
    return classes.isEmpty();
  }
}

package io.virtentropy.distribution.pool;

import io.virtentropy.backends.SourceSpec;
import io.virtentropy.ratelimit.htb.Policy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What defines a pool: {@code <entropypool>} as values. {@link PoolXmlParser} makes it, and what it
 * makes is consistent: names are unique, and classes that are named exist.
 *
 * @param name its name; no other pool has it
 * @param uuid its UUID; no other pool has it
 * @param title a short description for lists
 * @param description a longer one
 * @param sources where its entropy comes from, the preferred one first; at least one
 * @param sourceUse how several sources are used
 * @param policy how limits on a path work together
 * @param defaultClass the class of guests that name none
 * @param classes its tree; at least one
 * @param outputs whom it serves; absent means every guest that names it
 */
public record PoolDefinition(
    String name,
    UUID uuid,
    Optional<String> title,
    Optional<String> description,
    List<SourceDefinition> sources,
    SourceUse sourceUse,
    Policy policy,
    Optional<String> defaultClass,
    List<ClassDefinition> classes,
    Optional<List<OutputDefinition>> outputs) {

  /** How several sources are used. */
  public enum SourceUse {
    /** One at a time, in order; the next one while those before it fail. */
    FAILOVER,
    /** All at once, so that the result is at least as good as the best of them. */
    MIX;

    /** {@return the value of the attribute} */
    public String xmlName() {
      return this == FAILOVER ? "failover" : "mix";
    }
  }

  /**
   * Copies the lists.
   *
   * @param name its name
   * @param uuid its UUID
   * @param title a short description
   * @param description a longer one
   * @param sources where its entropy comes from
   * @param sourceUse how several sources are used
   * @param policy how limits on a path work together
   * @param defaultClass the class of guests that name none
   * @param classes its tree
   * @param outputs whom it serves
   */
  public PoolDefinition {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(uuid, "uuid");
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(description, "description");
    sources = List.copyOf(sources);
    Objects.requireNonNull(sourceUse, "sourceUse");
    Objects.requireNonNull(policy, "policy");
    Objects.requireNonNull(defaultClass, "defaultClass");
    classes = List.copyOf(classes);
    outputs = outputs.map(List::copyOf);
  }

  /** {@return all classes, each before those below it} */
  public Stream<ClassDefinition> allClasses() {
    return classes.stream().flatMap(PoolDefinition::withThoseBelow);
  }

  private static Stream<ClassDefinition> withThoseBelow(ClassDefinition c) {
    return Stream.concat(
        Stream.of(c), c.classes().stream().flatMap(PoolDefinition::withThoseBelow));
  }

  /**
   * Finds a class.
   *
   * @param className its name
   * @return the class; empty if the pool has none of that name
   */
  public Optional<ClassDefinition> find(String className) {
    return allClasses().filter(c -> c.name().equals(className)).findFirst();
  }

  /** {@return the source in its string form, several put together} */
  public String backend() {
    List<SourceSpec> each =
        sources.stream().map(s -> SourceSpec.parse(s.origin().backend())).toList();
    return each.size() == 1
        ? each.get(0).toString()
        : new SourceSpec(sourceUse.xmlName(), "", each, Map.of()).toString();
  }
}

package io.virtentropy.distribution.serving;

import java.util.List;

/**
 * How a pool that serves is at one moment.
 *
 * @param nanoTime the moment, by the pool's clock
 * @param classes the source first, then each class before those below it
 * @param clients all that are connected, and guests that are expected to be
 * @param sources where its entropy comes from, in the order of the definition
 */
public record PoolReport(
    long nanoTime,
    List<ClassReport> classes,
    List<ClientReport> clients,
    List<SourceReport> sources) {
  /**
   * Copies the lists.
   *
   * @param nanoTime the moment
   * @param classes the classes
   * @param clients the clients
   * @param sources the sources
   */
  public PoolReport {
    classes = List.copyOf(classes);
    clients = List.copyOf(clients);
    sources = List.copyOf(sources);
  }

  /** {@return how often sources have failed when they were asked} */
  public long sourceFailures() {
    return sources.stream().mapToLong(SourceReport::failures).sum();
  }
}

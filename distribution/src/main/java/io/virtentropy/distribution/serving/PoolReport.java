package io.virtentropy.distribution.serving;

import java.util.List;

/**
 * How a pool that serves is at one moment.
 *
 * @param nanoTime the moment, by the pool's clock
 * @param classes the source first, then each class before those below it
 * @param clients all that are connected, and guests that are expected to be
 * @param sourceFailures how often the source has failed
 */
public record PoolReport(
    long nanoTime, List<ClassReport> classes, List<ClientReport> clients, long sourceFailures) {
  /**
   * Copies the lists.
   *
   * @param nanoTime the moment
   * @param classes the classes
   * @param clients the clients
   * @param sourceFailures how often the source has failed
   */
  public PoolReport {
    classes = List.copyOf(classes);
    clients = List.copyOf(clients);
  }
}

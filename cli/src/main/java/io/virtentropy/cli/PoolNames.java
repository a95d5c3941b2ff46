package io.virtentropy.cli;

import java.util.Iterator;
import java.util.List;

/**
 * What may stand for a pool, for the completion script: a word in whose place {@link
 * GenerateCompletionCommand} puts a question to the daemon.
 */
final class PoolNames implements Iterable<String> {
  static final String PLACEHOLDER = "@POOLS@";

  PoolNames() {}

  @Override
  public Iterator<String> iterator() {
    return List.of(PLACEHOLDER).iterator();
  }
}

package io.virtentropy.distribution.registry;

import io.virtentropy.distribution.pool.PoolDefinition;
import java.util.List;

/** Keeps definitions. */
public interface PoolStore {
  /**
   * A definition that is kept.
   *
   * @param definition the definition
   * @param autostart whether the pool is to be started with the daemon
   */
  record Stored(PoolDefinition definition, boolean autostart) {}

  /**
   * What was found.
   *
   * @param pools the definitions that can be used
   * @param problems one sentence for each that can't; they are left where they are
   */
  record Contents(List<Stored> pools, List<String> problems) {
    /**
     * Copies the lists.
     *
     * @param pools the definitions that can be used
     * @param problems one sentence for each that can't
     */
    public Contents {
      pools = List.copyOf(pools);
      problems = List.copyOf(problems);
    }
  }

  /**
   * Reads all definitions.
   *
   * @return what was found
   * @throws PoolException if nothing can be read at all
   */
  Contents load();

  /**
   * Keeps a definition in the place of one of the same name. When it returns, the definition
   * survives a crash; if it doesn't return, the old one or the new one does.
   *
   * @param definition the definition
   * @throws PoolException if it can't be kept; the old one is still there then
   */
  void save(PoolDefinition definition);

  /**
   * Removes a definition, and its autostart mark.
   *
   * @param definition the definition
   * @throws PoolException if it can't be removed
   */
  void delete(PoolDefinition definition);

  /**
   * Marks a pool to be started with the daemon, or not.
   *
   * @param definition its definition
   * @param autostart whether it is to be started
   * @throws PoolException if the mark can't be set
   */
  void setAutostart(PoolDefinition definition, boolean autostart);
}

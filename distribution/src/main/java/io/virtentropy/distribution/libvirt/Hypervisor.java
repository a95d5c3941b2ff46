package io.virtentropy.distribution.libvirt;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What is wanted of libvirt. Calls may take any time, and are made by threads that nobody waits
 * for.
 */
interface Hypervisor {
  /**
   * Connects.
   *
   * @param events is told of what happens from now on, on any thread; must not wait
   * @throws HypervisorException if that fails
   */
  Connection connect(Events events) throws HypervisorException;

  /** What it tells. It may tell the same several times, and of domains that are of no interest. */
  interface Events {
    /**
     * A domain was started or stopped, or its devices or metadata were changed.
     *
     * @param domain its UUID
     */
    void domainChanged(UUID domain);

    /**
     * The connection is lost, and there will be no more events.
     *
     * @param why in words
     */
    void connectionLost(String why);
  }

  /** A connection. Lists and domains may be asked for by several threads at a time. */
  interface Connection extends AutoCloseable {
    /**
     * Lists the domains that run.
     *
     * @return their UUIDs
     * @throws HypervisorException if that fails
     */
    List<UUID> runningDomains() throws HypervisorException;

    /**
     * Reads a domain's XML, that of this run if it runs.
     *
     * @param domain its UUID
     * @return the XML; empty if there is no such domain
     * @throws HypervisorException if that fails
     */
    Optional<String> xml(UUID domain) throws HypervisorException;

    /** Whether calls have a prospect of being answered. */
    boolean isAlive();

    /**
     * Ends the connection; what can't be ended in order is left behind. Calls that are under way
     * aren't ended by it.
     */
    @Override
    void close();
  }
}

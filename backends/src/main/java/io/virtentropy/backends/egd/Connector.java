package io.virtentropy.backends.egd;

/** Makes links to one address, one at a time. Used by the thread that polls the loop. */
interface Connector {
  /**
   * Begins an attempt. It ends with {@link LinkEvents#opened} or {@link LinkEvents#failed}, during
   * the call or later, unless {@link #abort} comes first.
   */
  void connect(LinkEvents events);

  /** Gives up the attempt under way, if there is one. */
  void abort();

  /** Says whether it is for the other side to come, however long that takes. */
  boolean listens();

  /** Gives up what outlives attempts: a listening socket and its file. Idempotent, any thread. */
  default void close() {}
}

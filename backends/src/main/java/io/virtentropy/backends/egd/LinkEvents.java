package io.virtentropy.backends.egd;

/** What a {@link Connector} and its {@link Link} tell. On the thread that polls the loop. */
interface LinkEvents {
  /** The other side has come, and now must not take for ever to say who it is. */
  void arrived();

  /** The attempt has succeeded. */
  void opened(Link link);

  /** The attempt has failed, for a reason that is one clause for a log. */
  void failed(String reason);

  /** The link may have something to read, or room to write. */
  void ready();
}

package io.virtentropy.backends.egd.server;

/** What is attached to a key of the selector. */
interface ReadyChannel {
  /** The channel can do something it was waiting for. */
  void ready();
}

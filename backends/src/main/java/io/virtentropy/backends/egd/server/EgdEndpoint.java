package io.virtentropy.backends.egd.server;

/** A place where clients of a server come from. */
public interface EgdEndpoint {
  /**
   * Where it is.
   *
   * @return as {@code unix:/run/egd.sock} or {@code tcp:127.0.0.1:8888}
   */
  String name();
}

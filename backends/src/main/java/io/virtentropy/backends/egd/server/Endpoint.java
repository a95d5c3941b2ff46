package io.virtentropy.backends.egd.server;

import java.io.IOException;

/** A place where connections come from: one that listens, or one that connects. */
interface Endpoint extends ReadyChannel {
  /** Begins; clients may come from now on. */
  void open() throws IOException;

  /** As {@code unix:/run/egd.sock} or {@code tcp:127.0.0.1:8888}. */
  String name();

  /** A connection that came from here has ended. */
  void ended();

  /** Nanoseconds until {@link #retry} is due; very many if it is not. */
  long nanosUntilRetry(long now);

  /** Tries again what failed. */
  void retry();

  /** Takes and makes no more connections. */
  void close();
}

package io.virtentropy.backends.egd;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SelectionKey;

/** What is done the same way with every channel. */
final class Sockets {
  private Sockets() {}

  /** Sets what a key is selected for; a system call only if that changes. */
  static void want(SelectionKey key, boolean read, boolean write) {
    int ops = (read ? SelectionKey.OP_READ : 0) | (write ? SelectionKey.OP_WRITE : 0);
    if (key.isValid() && key.interestOps() != ops) {
      key.interestOps(ops);
    }
  }

  /** Closes what can't lose anything by it: all that was to be sent is asked for again. */
  static void closeQuietly(Closeable channel) {
    try {
      channel.close();
    } catch (IOException e) {
      System.getLogger(EgdBackend.class.getName())
          .log(System.Logger.Level.DEBUG, "closing a channel: {0}", e.getMessage());
    }
  }
}

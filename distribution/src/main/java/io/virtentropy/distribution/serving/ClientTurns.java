package io.virtentropy.distribution.serving;

import io.virtentropy.backends.egd.server.EgdPeer;
import io.virtentropy.backends.egd.server.EgdTurns;
import io.virtentropy.ratelimit.htb.Leaf;
import java.util.HashMap;
import java.util.Map;

/** Whose turn it is, as the tree of classes has it. */
final class ClientTurns implements EgdTurns {
  private final ClassTree classes;
  private final Map<Leaf, Client> clients = new HashMap<>();

  ClientTurns(ClassTree classes) {
    this.classes = classes;
  }

  void add(Client client) {
    clients.put(client.leaf(), client);
  }

  void remove(Client client) {
    clients.remove(client.leaf());
  }

  @Override
  public EgdPeer next() {
    Leaf leaf = classes.nextReady();
    while (leaf != null) {
      EgdPeer peer = clients.get(leaf).peer();
      if (peer != null) {
        return peer;
      }
      leaf.withdraw(); // its guest is away
      leaf = classes.nextReady();
    }
    return null;
  }

  @Override
  public long nanosUntilNext() {
    return classes.nanosUntilReady();
  }
}

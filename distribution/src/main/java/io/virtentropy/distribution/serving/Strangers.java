package io.virtentropy.distribution.serving;

import io.virtentropy.backends.egd.server.EgdPeer;
import io.virtentropy.distribution.pool.OutputDefinition;
import io.virtentropy.distribution.pool.OutputDefinition.Share;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.htb.Leaf;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The clients of a definition's outputs, each for as long as its connection lasts, and what is told
 * of them.
 *
 * <p>Belongs to the pool's thread.
 */
final class Strangers {
  private final ClassTree classes;
  private final NanoClock clock;
  private final PoolListener listener;
  private final Map<EgdPeer, Client> clients = new LinkedHashMap<>();
  private final Map<String, StrangerEvents> events = new HashMap<>();

  /**
   * Without any.
   *
   * @param classes where each has its leaf
   * @param clock the clock of events
   * @param listener is told
   */
  Strangers(ClassTree classes, NanoClock clock, PoolListener listener) {
    this.classes = classes;
    this.clock = clock;
    this.listener = listener;
  }

  /** Makes a client of a connection of an output. */
  Client take(EgdPeer peer, OutputDefinition output) {
    String className = output.className();
    Leaf leaf =
        output.share() == Share.PEER
            ? classes.attach(className, identity(peer))
            : classes.attach(className);
    Client client = new Client(peer.toString(), className, false, leaf, clock, eventsOf(peer));
    clients.put(peer, client);
    return client;
  }

  /** What tells whose connection it is; of the same output if a system doesn't know users. */
  private static Object identity(EgdPeer peer) {
    return peer.certified().or(peer::user).<Object>map(who -> who).orElseGet(peer::endpoint);
  }

  /** The client of a connection; null if it is none's here. */
  Client find(EgdPeer peer) {
    return clients.get(peer);
  }

  /** Forgets the client of a connection; null if it is none's here. */
  Client remove(EgdPeer peer) {
    return clients.remove(peer);
  }

  /** How those are that are connected. */
  Stream<ClientReport> reports() {
    return clients.values().stream().map(Client::report).filter(ClientReport::connected);
  }

  /** By what is told of those who come where this one came. */
  StrangerEvents eventsOf(EgdPeer peer) {
    return events.computeIfAbsent(
        peer.endpoint(), endpoint -> new StrangerEvents(endpoint, clock, listener));
  }

  /** Tells what it is time for. */
  void look() {
    events.values().forEach(StrangerEvents::look);
  }

  /** Tells what is left to be told, at the end. */
  void tellLeftOut() {
    events.values().forEach(StrangerEvents::tellLeftOut);
  }
}

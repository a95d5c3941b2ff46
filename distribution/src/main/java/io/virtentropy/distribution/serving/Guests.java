package io.virtentropy.distribution.serving;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.egd.server.EgdEndpoint;
import io.virtentropy.backends.egd.server.EgdServer;
import io.virtentropy.backends.egd.server.EgdService;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The guests' devices that a pool connects to for as long as they are wanted, and what it owes
 * those that it gave up to take again. Belongs to the pool's thread.
 */
final class Guests {
  /** Guests taken or given up before clients have their turn again: a millisecond's work. */
  private static final int CHORES = 8;

  /** A guest's device that is connected to for as long as it is wanted. */
  private record Guest(GuestDevice device, Client client, EgdEndpoint endpoint) {}

  /** What a guest was owed when it was given up, to be taken again. */
  private record Debt(GuestDevice device, long bytes) {}

  private final EntropyBackend source;
  private final ClientTurns turns;
  private final Function<GuestDevice, Client> clients;
  private final Consumer<Client> forget;
  private final Map<String, Guest> guests = new LinkedHashMap<>();
  private final Map<String, Guest> guestsByEndpoint = new HashMap<>();
  private final Map<String, Debt> debts = new HashMap<>();
  private final Queue<Consumer<EgdServer>> chores = new ArrayDeque<>();

  /**
   * Begins without any.
   *
   * @param clients makes a client with a leaf of its class, and a turn
   * @param forget takes both back
   */
  Guests(
      EntropyBackend source,
      ClientTurns turns,
      Function<GuestDevice, Client> clients,
      Consumer<Client> forget) {
    this.source = source;
    this.turns = turns;
    this.clients = clients;
    this.forget = forget;
  }

  /** The client that an endpoint is connected to; null if it is no guest's. */
  Client clientAt(String endpoint) {
    Guest guest = guestsByEndpoint.get(endpoint);
    return guest == null ? null : guest.client();
  }

  /** How each is; the list is the caller's. */
  List<ClientReport> reports() {
    List<ClientReport> reports = new ArrayList<>();
    guests.values().forEach(guest -> reports.add(guest.client().report()));
    return reports;
  }

  /**
   * Finds out what there is to do so that exactly these are served, which is then done a few at a
   * time: each takes a while.
   */
  void want(List<GuestDevice> wanted) {
    Map<String, GuestDevice> byName = new LinkedHashMap<>();
    wanted.forEach(device -> byName.put(device.name(), device));
    chores.clear();
    debts.keySet().retainAll(byName.keySet());
    // All that go before any that come: a socket may be another guest's by now.
    for (Guest guest : guests.values()) {
      GuestDevice wish = byName.get(guest.device().name());
      if (guest.device().equals(wish)) {
        byName.remove(wish.name());
      } else {
        chores.add(server -> giveUp(server, guest, wish != null));
      }
    }
    byName.values().forEach(device -> chores.add(server -> take(server, device)));
  }

  boolean hasChores() {
    return !chores.isEmpty();
  }

  /** Connects to some, and gives some up. */
  void doSomeChores(EgdServer server) {
    for (int i = 0; i < CHORES && !chores.isEmpty(); i++) {
      chores.remove().accept(server);
    }
  }

  private void take(EgdServer server, GuestDevice device) {
    Client client = clients.apply(device);
    Debt left = debts.remove(device.name());
    long debt = left != null && device.isSameQemu(left.device()) ? left.bytes() : 0;
    int primer =
        (int) Math.min(Math.max(debt, PoolServer.PRIMER_BYTES), EgdService.DEFAULT_MAX_OWED);
    EgdService service =
        EgdService.builder(source)
            .limiters(peer -> client, turns)
            .rememberingClients(primer)
            .build();
    // Known before it is connected to, which may be done at once.
    String endpointName = "unix:" + device.socket();
    guestsByEndpoint.put(endpointName, new Guest(device, client, null));
    Guest guest = new Guest(device, client, server.add(device.socket(), service));
    guestsByEndpoint.put(endpointName, guest);
    guests.put(device.name(), guest);
  }

  private void giveUp(EgdServer server, Guest guest, boolean comesAgain) {
    if (comesAgain) {
      Debt left = new Debt(guest.device(), guest.client().report().owed());
      debts.put(guest.device().name(), left);
    }
    server.remove(guest.endpoint());
    guests.remove(guest.device().name());
    guestsByEndpoint.remove(guest.endpoint().name());
    forget.accept(guest.client());
  }
}

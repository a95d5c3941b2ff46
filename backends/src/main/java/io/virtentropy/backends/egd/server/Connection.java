package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.protocol.EgdFault;
import io.virtentropy.backends.egd.protocol.EgdRequestDecoder;
import io.virtentropy.backends.egd.server.EgdDisconnection.Cause;
import io.virtentropy.backends.egd.tls.TlsStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.function.LongSupplier;

/**
 * A client that is connected: its session, what moves its bytes, and its deadlines.
 *
 * <p>At any time it is in one of these states, besides reading and writing:
 *
 * <pre>
 *   owed nothing, or its output is full
 *   in the row of its source               its turn comes
 *   in a slot of its source                the source was asked for its piece
 *   waiting for a limit                    its {@link Allowance} has it ask again
 * </pre>
 */
final class Connection implements ReadyChannel, Session.Host {
  /** Who has kept a connection open for so long has accepted our certificate. */
  private static final long PROOF_NANOS = 1_000_000_000L;

  /** How often a client is read before others have their turn: TLS cuts input into small pieces. */
  private static final int READS = 4;

  /** A client that was refused by a limit waits for so much: what a Linux guest reads at once. */
  private static final int LEAST_GRANT_BYTES = 64;

  // Its place in a row, kept by ConnectionList.
  ConnectionList row;
  Connection previous;
  Connection next;

  /** Where it stands among the server's connections. */
  int index;

  private final EgdServer server;
  private final EgdService service;
  private final SourceQueue queue;
  private final EgdPeer peer;
  private final SocketChannel channel;
  private final Link link;
  private final Session session;
  private final Endpoint endpoint;
  private final Allowance allowance;
  private final Deadline deadline;
  private SelectionKey key;
  private SourceQueue.Slot slot;
  private boolean contributionFailed;
  private boolean established;
  private boolean heard;
  private boolean closed;

  Connection(
      EgdServer server,
      EgdService service,
      EgdPeer peer,
      SocketChannel channel,
      Link link,
      Session.Buffers buffers,
      Endpoint endpoint,
      int owed) {
    this.server = server;
    this.service = service;
    this.queue = server.rounds().queueOf(service.source());
    this.peer = peer;
    this.channel = channel;
    this.link = link;
    this.session = new Session(this, service.maxOwed(), buffers, owed);
    this.endpoint = endpoint;
    this.deadline = new Deadline(server, this::timeOut);
    this.allowance = new Allowance(server, service, this);
    peer.setConnection(this);
  }

  EgdPeer peer() {
    return peer;
  }

  /** Begins to listen to the client; it may have sent something already. */
  void open() throws IOException {
    key = server.register(channel, SelectionKey.OP_READ, this);
    if (!link.isReady()) {
      deadline.set(Cause.COMMAND_UNFINISHED, server.handshakeNanos());
    }
  }

  /**
   * Begins the handshake or, where there is none, gets in line for what the client waits for
   * already, without having asked over this channel.
   */
  void begin() {
    if (link.isReady()) {
      settleIn();
    } else {
      ready();
    }
  }

  // ---- what moves

  @Override
  public void ready() {
    if (closed) {
      return;
    }
    try {
      boolean more = true;
      for (int reads = 0; more && reads < READS; reads++) {
        boolean readable = key.isReadable() || link.hasInput() || !link.isReady();
        more = readable && read();
        if (closed) {
          return;
        }
        establish(); // before what was sent with the end of a handshake is answered
        pump();
        more &= link.hasInput();
      }
      if (!closed) {
        settleIn();
      }
    } catch (IOException e) {
      broken(e);
    }
  }

  /** Reads once; true if bytes came. */
  private boolean read() throws IOException {
    if (link.isReady() && !session.wantsInput()) {
      return false;
    }
    int n = link.read(session.beginInput());
    session.endInput();
    heard |= n > 0;
    if (n < 0) {
      session.inputEnds();
      if (!established) {
        refuse(
            link.isReady()
                ? "it ended the connection after the TLS handshake, so it may not accept our"
                    + " certificate"
                : "it ended the connection during the TLS handshake");
      } else if (service.remembersDebts()) {
        // It has closed both directions, as QEMU does; what it is owed is delivered next time.
        close(Cause.PEER_LEFT, "");
      } else if (allowance.isWaiting()) {
        dropLeaver();
      }
    }
    return n > 0;
  }

  /** Takes commands and sends replies until that needs something it has not. */
  private void pump() throws IOException {
    boolean progress = true;
    while (progress) {
      progress = session.advance();
      if (session.hasOutput() || link.hasOutput()) {
        progress |= flush();
      }
    }
  }

  /** Sends what can be sent; true if that emptied the output. */
  private boolean flush() throws IOException {
    ByteBuffer output = session.beginOutput();
    int before = output.position();
    boolean moved = false;
    try {
      link.write(output);
    } finally {
      moved = output.position() > before;
      server.counters().add(EgdServerCounter.BYTES_DELIVERED, session.endOutput());
    }
    if (moved && established) {
      deadline.cancel();
    }
    return moved && !session.hasOutput();
  }

  /** After whatever happened: ends what is over, gets in line, and says what is waited for. */
  private void settleIn() {
    peer.setFigures(session.delivered(), session.owed());
    if (session.isOver() && !link.hasOutput()) {
      end();
      return;
    }
    establish();
    if (established && !isOnItsWay() && !allowance.isWaiting() && session.wanted(1) > 0) {
      queue.enqueue(this);
    }
    int interest = 0;
    if (!link.isComputing() && (!link.isReady() || session.wantsInput())) {
      interest |= SelectionKey.OP_READ;
    }
    if (session.hasOutput() || link.hasOutput()) {
      interest |= SelectionKey.OP_WRITE;
    }
    if (established) {
      watchTime((interest & SelectionKey.OP_WRITE) != 0);
    }
    if (key.isValid() && key.interestOps() != interest) {
      key.interestOps(interest);
    }
  }

  private void establish() {
    if (established || !link.isReady()) {
      return;
    }
    if (link.needsProof() && !heard) {
      if (!deadline.wasFor(Cause.PEER_LEFT)) { // it may leave yet
        deadline.set(Cause.PEER_LEFT, PROOF_NANOS);
      }
      return;
    }
    established = true;
    deadline.cancel();
    peer.setCertified(link.certified());
    allowance.begin(service.limiterFor(peer));
    server.established(this);
    if (endpoint != null) {
      endpoint.established();
    }
  }

  private void end() {
    EgdFault fault = session.fault();
    if (fault == null) {
      close(Cause.PEER_LEFT, "");
    } else if (fault instanceof EgdFault.UnknownCommand) {
      server.counters().increment(EgdServerCounter.MALFORMED);
      close(Cause.UNKNOWN_COMMAND, fault.describe());
    } else {
      close(Cause.TRUNCATED_COMMAND, fault.describe());
    }
  }

  private void broken(IOException e) {
    String what = TlsStream.describe(e);
    close(Cause.CHANNEL_FAILED, established ? what : "TLS: " + what);
  }

  // ---- the source's turn

  /** Whether it waits for its source, or was asked to come there. */
  boolean isOnItsWay() {
    return slot != null || (row != null && !allowance.isInSharedRow());
  }

  /**
   * How much of a piece may be given now, all limits asked; 0 if nothing is wanted, or if the
   * client now waits for a limit.
   */
  int grant(int piece) {
    int wanted = session.wanted(piece);
    if (wanted == 0) {
      allowance.leaveSharedRow();
      return 0;
    }
    int granted = allowance.take(wanted);
    if (granted == 0) {
      server.counters().increment(EgdServerCounter.THROTTLED);
      dropLeaver();
    }
    return granted;
  }

  /** Ends a client that has left, as far as can be known, instead of having it wait. */
  private void dropLeaver() {
    if (session.hasInputEnded() && service.forgetsLeavers()) {
      close(Cause.PEER_LEFT, "");
    }
  }

  /** What it waits for when a limit has refused it; 1 or more. */
  int worthwhile() {
    return Math.max(1, session.wanted(LEAST_GRANT_BYTES));
  }

  /**
   * Comes, since it is its turn.
   *
   * @return how much was done; 0 if it is on its way already, and waits for its source
   */
  int comes() {
    if (isOnItsWay()) {
      return 0;
    }
    if (!allowance.turnHasCome() || session.wanted(1) == 0) {
      allowance.passTurn();
      return 1;
    }
    stopWaiting();
    return Math.max(1, queue.serve());
  }

  /** Gives back what was granted and not delivered. */
  void refund(int bytes) {
    allowance.refund(bytes);
  }

  ByteBuffer output() {
    return session.output();
  }

  /** Where in the output that many bytes may be put. */
  int reserve(int bytes) {
    return session.reserve(bytes);
  }

  /** The bytes are in the output: sends them, and stands in line again if more is owed. */
  void paid(int bytes) {
    session.paid(bytes);
    try {
      pump();
      settleIn();
    } catch (IOException e) {
      broken(e);
    }
  }

  /** The slot at the source that holds this client's request; null if none does any more. */
  void waitsIn(SourceQueue.Slot taken) {
    slot = taken;
  }

  /** A limit allows something again, perhaps. */
  void stopWaiting() {
    ConnectionList.remove(this);
    allowance.stopWaiting();
    if (session.wanted(1) > 0) {
      queue.enqueue(this);
    } else {
      allowance.leaveSharedRow();
    }
  }

  // ---- what the session asks for

  @Override
  public int poll(ByteBuffer target, int index, int wanted) {
    if (!queue.isReady()) {
      return 0;
    }
    int granted = allowance.poll(wanted);
    if (granted == 0) {
      server.counters().increment(EgdServerCounter.THROTTLED);
      return 0;
    }
    int drawn = queue.poll(target, index, granted);
    allowance.refund(granted - drawn);
    return drawn;
  }

  @Override
  public long level() {
    LongSupplier chosen = service.level();
    if (chosen != null) {
      return chosen.getAsLong();
    }
    boolean there = queue.isReady() && allowance.allowsSome();
    return there ? EgdServer.READY_BITS : 0;
  }

  @Override
  public long pid() {
    return server.pid();
  }

  @Override
  public void contribute(EgdRequestDecoder contribution) {
    contributionFailed =
        !server.contributions().mix(contribution, service, peer, contributionFailed);
  }

  @Override
  public void received(EgdServerCounter command) {
    server.counters().increment(command);
  }

  // ---- deadlines

  private void watchTime(boolean unread) {
    if (unread) {
      deadline.set(Cause.REPLIES_UNREAD, server.stallNanos());
    } else if (session.isWaitingForRestOfCommand()) {
      deadline.set(Cause.COMMAND_UNFINISHED, server.commandNanos());
    } else {
      deadline.cancel();
    }
  }

  /** Ends a client whose time is over. */
  private void timeOut() {
    if (!established && deadline.wasFor(Cause.PEER_LEFT)) {
      heard = true; // it has kept the connection, and that will do
      settleIn();
      return;
    }
    server.counters().increment(EgdServerCounter.TIMED_OUT);
    if (established) {
      close(deadline.cause(), "");
    } else {
      refuse("its TLS handshake was not over in time");
    }
  }

  // ---- the end

  /** Whether everything asked for was answered and sent. */
  boolean isSettled() {
    return session.isSettled() && !link.hasOutput();
  }

  /** Takes no more commands: what was asked is still answered. */
  void hangUp() {
    session.inputEnds();
    settleIn();
  }

  /** Ends a connection that never came to serve. */
  void refuse(String why) {
    close(Cause.CHANNEL_FAILED, why);
  }

  void close(Cause cause, String detail) {
    if (closed) {
      return;
    }
    closed = true;
    deadline.cancel();
    ConnectionList.remove(this);
    allowance.end();
    if (slot != null) {
      queue.abandon(slot);
      slot = null;
    }
    peer.setFigures(session.delivered(), session.owed() + session.unsent());
    server.counters().add(EgdServerCounter.BYTES_DESTROYED, session.unsent());
    try {
      link.shutDown();
    } catch (IOException e) {
      server.log("the end of a connection could not be announced", e);
    }
    try {
      channel.close();
    } catch (IOException e) {
      server.log("a socket could not be closed", e);
    }
    server.ended(this, session.destroy(), established);
    if (established) {
      server.listener().disconnected(peer, new EgdDisconnection(cause, detail));
    } else if (endpoint == null) {
      server.listener().refused(peer, detail.isEmpty() ? "the server was closed" : detail);
    }
    if (endpoint != null) {
      endpoint.ended(peer, established ? null : detail);
    }
  }
}

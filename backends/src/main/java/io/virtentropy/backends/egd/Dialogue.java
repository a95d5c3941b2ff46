package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.Wipe;
import io.virtentropy.backends.egd.protocol.EgdFault;
import io.virtentropy.backends.egd.protocol.EgdLayout;
import io.virtentropy.backends.egd.protocol.EgdReplyDecoder;
import io.virtentropy.backends.egd.protocol.EgdRequests;
import io.virtentropy.backends.egd.tls.TlsStream;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What is said on a session's links, one after the other: asks for what is in flight, and hands out
 * the bytes that come, in the order asked for.
 *
 * <p><b>No byte reaches the wrong consumer.</b> Replies are told apart by their order alone. So
 * when something that was asked for is no longer wanted, the link is ended, and what it still owed
 * dies with it. The requests that are still wanted keep the bytes they have and are asked for again
 * on the next link, only for the rest and in the same order. Where there is no connection to end (a
 * pipe, a serial line) and in the mode that does what QEMU does, the place is kept in the queue,
 * and what comes for it is destroyed.
 *
 * <p>A link that is of no more use is {@link Owner#lost}, which comes back to {@link #end} during
 * the call; what follows it here looks whether there is a link still.
 */
final class Dialogue {
  /** Reads of a link per call of {@link #ready}, so that one busy server does not starve others. */
  private static final int READS_PER_TURN = 4;

  /** How many bytes of discarded replies are received at a time. */
  private static final int SCRATCH = 512;

  /** How much of it is kept, as QEMU's socket would; more waits in ours. */
  private static final int SURPLUS = 4096;

  /** Who makes links, and sees to times. */
  interface Owner {
    /** The link is of no more use. */
    void lost(EgdCounter why, String reason);

    /** {@link #untilStalled} may give less than it did. */
    void timesChanged();
  }

  private final EgdOptions options;
  private final NanoClock clock;
  private final EgdTally tally;
  private final Backoff backoff;
  private final Inbox inbox;
  private final Flight flight;
  private final Owner owner;
  private final EgdReplyDecoder decoder;
  private final ByteBuf in;
  private final ByteBuf out;

  /** What came unasked, in the mode that keeps it for the next request; else of no size. */
  private final ByteBuf surplus;

  private final ByteBuffer scratch = ByteBuffer.allocateDirect(SCRATCH);

  /** Null while there is none. */
  private Link link;

  private long lastProgress;

  /** True once a request has been completed on this link, which so has been of use. */
  private boolean ofUse;

  Dialogue(
      EgdOptions options,
      NanoClock clock,
      EgdTally tally,
      Backoff backoff,
      Inbox inbox,
      Flight flight,
      ByteBuf staging,
      Owner owner) {
    this.options = options;
    this.clock = clock;
    this.tally = tally;
    this.backoff = backoff;
    this.inbox = inbox;
    this.flight = flight;
    this.in = staging;
    this.owner = owner;
    this.decoder = new EgdReplyDecoder(options.window());
    this.surplus =
        Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(options.qemuCompatible() ? SURPLUS : 0))
            .clear();
    this.out =
        Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(options.window() * EgdLayout.READ_COMMAND))
            .clear();
  }

  // ---- links

  /** Nothing is said yet. */
  void begin(Link opened) {
    link = opened;
    ofUse = false;
    lastProgress = clock.nanoTime();
  }

  /** No selector knows of what a link has decrypted already, or of what was kept. */
  void takeBuffered() {
    if (link != null && (link.hasBuffered() || (surplus.isReadable() && decoder.owed() > 0))) {
      ready();
    }
  }

  /** The link may have something to read, or room to write. */
  void ready() {
    if (link == null) {
      return;
    }
    try {
      receive();
    } catch (IOException e) {
      owner.lost(EgdCounter.LOST_CONNECTIONS, TlsStream.describe(e));
      return;
    }
    if (link != null) {
      ask();
    }
  }

  /** Ends the link, if there is one. */
  void end() {
    if (link == null) {
      return;
    }
    link.close();
    link = null;
    out.clear();
    wipe(in);
    wipe(surplus);
    if (options.qemuCompatible()) {
      return; // QEMU's queue stays as it is: what comes next goes to who waits first
    }
    decoder.reset();
    flight.forgetAsked();
  }

  /** Ends it for good. */
  void close() {
    end();
    out.setZero(0, out.capacity());
    decoder.reset();
  }

  // ---- times

  /** How many bytes are due. */
  int owed() {
    return decoder.owed();
  }

  boolean isStalled(long now) {
    return options.replyTimeout() > 0
        && decoder.owed() > 0
        && now - lastProgress >= options.replyTimeout();
  }

  /** How long until it is, unless bytes come, in nanoseconds; {@link Long#MAX_VALUE} for never. */
  long untilStalled(long now) {
    return decoder.owed() > 0 && options.replyTimeout() > 0
        ? lastProgress + options.replyTimeout() - now
        : Long.MAX_VALUE;
  }

  // ---- asking

  void ask() {
    try {
      while (decoder.expected() < options.window() && out.writableBytes() > 0) {
        Exchange exchange = nextToAsk();
        if (exchange == null) {
          break;
        }
        if (decoder.owed() == 0) {
          lastProgress = clock.nanoTime(); // the server's time begins now
          owner.timesChanged();
        }
        int count = Math.min(EgdLayout.MAX_COUNT, exchange.length - exchange.asked);
        EgdRequests.blockingRead(out, count);
        decoder.expectBlockingRead(count);
        flight.asked(exchange, count);
      }
      if (out.isReadable()) {
        link.write(out);
        if (!out.isReadable()) {
          wipe(out);
        } else {
          out.discardReadBytes();
        }
      }
      link.want(mayRead(), out.isReadable());
    } catch (IOException e) {
      loseAfterReading(e);
    }
  }

  /**
   * Who can't be written to any more may have answered before; that must not be asked for again.
   */
  private void loseAfterReading(IOException sending) {
    String reason = TlsStream.describe(sending);
    try {
      receive();
    } catch (IOException receiving) {
      reason = TlsStream.describe(receiving);
    }
    if (link != null) {
      owner.lost(EgdCounter.LOST_CONNECTIONS, reason);
    }
  }

  /** The first exchange that has not been asked for as a whole; null if there is none. */
  private Exchange nextToAsk() {
    while (true) {
      Exchange exchange = flight.unasked();
      if (exchange != null) {
        return exchange;
      }
      exchange = inbox.poll();
      if (exchange == null) {
        return null;
      }
      if (exchange.request.isAbandoned()) {
        exchange.release(cancelledByConsumer()); // its cancel is about to come here
        inbox.recycle(exchange);
      } else {
        flight.add(exchange);
      }
    }
  }

  /** QEMU's requests that meet no connection are never sent, and wait for what comes by chance. */
  void acceptUnasked() {
    while (decoder.expected() < options.window()) {
      int commands = options.window() - decoder.expected();
      Exchange exchange = inbox.pollUpTo(commands * EgdLayout.MAX_COUNT);
      if (exchange == null) {
        return;
      }
      flight.add(exchange);
      while (exchange.asked < exchange.length) {
        int count = Math.min(EgdLayout.MAX_COUNT, exchange.length - exchange.asked);
        decoder.expectBlockingRead(count);
        flight.asked(exchange, count);
      }
    }
  }

  // ---- receiving

  private void receive() throws IOException {
    for (int i = 0; link != null && (i < READS_PER_TURN || link.hasBuffered()); i++) {
      int most = mayRead();
      if (most == 0 && !link.cutsSurplus()) {
        return;
      }
      in.clear();
      int n = receive(most);
      if (n == Link.END) {
        EgdFault cut = decoder.endOfStream();
        owner.lost(
            EgdCounter.LOST_CONNECTIONS,
            "the server ended the connection" + (cut == null ? "" : ": " + cut.describe()));
        return;
      }
      if (n == 0) {
        return;
      }
      lastProgress = clock.nanoTime();
      distribute();
    }
  }

  /** Reads what is due, or else what is not. */
  private int receive(int most) throws IOException {
    if (!options.qemuCompatible() || link.cutsSurplus()) {
      return link.read(in, Math.min(most, in.capacity()));
    }
    if (decoder.owed() == 0) {
      return link.read(surplus, most);
    }
    if (!surplus.isReadable()) {
      return link.read(in, Math.min(most, in.capacity()));
    }
    int kept = Math.min(decoder.owed(), surplus.readableBytes());
    int from = surplus.readerIndex();
    in.writeBytes(surplus, kept);
    surplus.setZero(from, kept).discardReadBytes();
    surplus.setZero(surplus.writerIndex(), kept); // where the rest was moved away from
    return kept;
  }

  /** One more than is due, to notice what nobody asked for; QEMU keeps that. */
  private int mayRead() {
    if (link.cutsSurplus()) {
      return decoder.owed();
    }
    if (!options.qemuCompatible()) {
      return decoder.owed() + 1;
    }
    return decoder.owed() > 0 ? decoder.owed() : surplus.writableBytes();
  }

  private void distribute() {
    while (true) {
      switch (decoder.next(in)) {
        case BYTES -> {
          if (!hand()) {
            return;
          }
        }
        case READ_DONE -> {
          // its bytes have been handed out; an exchange may have several
        }
        case NEED_MORE -> {
          return;
        }
        case FAULT -> {
          owner.lost(EgdCounter.PROTOCOL_FAULTS, decoder.fault().describe());
          return;
        }
        case LEVEL, PID -> throw new IllegalStateException("a reply to what is never sent");
      }
    }
  }

  /** Gives the bytes that came to the exchange that is first; false if the link was ended. */
  private boolean hand() {
    Exchange first = flight.first();
    if (first.request != null && !first.claimed) {
      if (first.request.claim()) {
        first.claimed = true;
      } else {
        first.request = null; // the consumer has gone, and the cancel has not come here yet
        if (abandon()) {
          return false;
        }
        first = flight.first();
      }
    }
    int part = Math.min(decoder.available(), first.asked - first.received);
    if (first.request == null) {
      part = decoder.take(in, scratch.clear(), Math.min(part, SCRATCH));
      Wipe.range(scratch.clear(), 0, part);
      tally.add(EgdCounter.BYTES_DISCARDED, part);
    } else {
      ByteBuffer target = first.request.target();
      part = decoder.take(in, target.clear().position(first.received), part);
      target.clear();
    }
    first.received += part;
    if (first.received == first.length) {
      EntropyRequest request = first.request;
      int length = first.length;
      flight.retireFirst();
      if (request != null) {
        ofUse();
        tally.add(EgdCounter.REQUESTS_COMPLETED, 1);
        tally.add(EgdCounter.BYTES_DELIVERED, length);
        request.complete(length);
      }
    }
    return true;
  }

  private void ofUse() {
    if (!ofUse) {
      ofUse = true;
      backoff.reset();
    }
  }

  // ---- giving up

  /** Lets go of requests that were cancelled. */
  void letGoOfAbandoned() {
    if (flight.releaseAbandoned(cancelledByConsumer()) > 0) {
      boolean unused = abandon();
    }
  }

  private static EntropySourceException cancelledByConsumer() {
    return new EntropySourceException(Reason.UNAVAILABLE, "the request was cancelled");
  }

  /**
   * Sees to it that what was asked for by exchanges nobody waits for reaches nobody else. True if
   * that took the link.
   */
  boolean abandon() {
    boolean owed = flight.forgetUnwanted();
    if (!owed || link == null || options.qemuCompatible() || !link.endsWhatIsOwed()) {
      return false;
    }
    owner.lost(EgdCounter.ABANDONED_EXCHANGES, "a reply that was due is no longer wanted");
    return true;
  }

  private static void wipe(ByteBuf buffer) {
    buffer.setZero(0, buffer.writerIndex());
    buffer.clear();
  }
}

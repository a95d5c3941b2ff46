package io.virtentropy.backends.egd.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.Wipe;
import io.virtentropy.backends.egd.protocol.EgdFault;
import io.virtentropy.backends.egd.protocol.EgdReplies;
import io.virtentropy.backends.egd.protocol.EgdRequestDecoder;
import io.virtentropy.backends.egd.protocol.EgdRequestDecoder.Item;
import java.nio.ByteBuffer;

/**
 * One client's conversation, without a socket: commands in, replies out. How the connection came to
 * be, and what moves its bytes, is somebody else's business.
 *
 * <pre>
 *   input ──▶ decoder ──▶ 02 NN: owed += NN ──────── the source's turn ──┐
 *                │                                                      ▼
 *                └──▶ 00, 01, 03, 04: when nothing is owed or unsent ─▶ output
 * </pre>
 *
 * <p>Blocking reads that follow each other are one debt, so what a client may pipeline costs a
 * number and not a queue. Any other command waits until the debt is paid and its bytes are out,
 * which keeps replies in order; only one reply that is no entropy stream is in the output at a
 * time. Commands are left unread while the debt is at its bound, and a client's input is bounded by
 * {@link #INPUT_BYTES}.
 *
 * <p>Everything in the output that is entropy is wiped as it leaves, or at the end.
 */
final class Session {
  /** What is read at once; the longest command, a contribution of 255 bytes, has 259. */
  static final int INPUT_BYTES = 512;

  /** What waits to be written, at the most: one page. */
  static final int OUTPUT_BYTES = 4096;

  /** What a session asks of its surroundings. */
  interface Host {
    /** Draws what can be had without waiting; 0 if nothing can. */
    int poll(ByteBuffer target, int index, int wanted);

    /** Bits that are believed to be there. */
    long level();

    /** The number that stands for this process. */
    long pid();

    /** Mixes in a contribution that has been received whole; it is wiped afterwards. */
    void contribute(EgdRequestDecoder contribution);

    /** Counts a command. */
    void received(EgdServerCounter command);
  }

  private final Host host;
  private final int maxOwed;
  private final Buffers buffers;
  private final ByteBuffer input;
  private final ByteBuf inputView;
  private final ByteBuffer output;
  private final ByteBuf outputView;
  private final EgdRequestDecoder decoder = new EgdRequestDecoder();

  /** A command that waits for its turn, or NEED_MORE. */
  private Item held = Item.NEED_MORE;

  private boolean inputEnded;
  private EgdFault fault;

  /** Bytes of blocking reads that are not in the output yet. */
  private long owed;

  /** The output is what lies between these two. */
  private int head;

  private int tail;

  /** Bytes at the head of the output that are no entropy. */
  private int framing;

  private long delivered;

  /** Memory outside the heap, which is given back late: handed on from session to session. */
  static final class Buffers {
    private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES);
    private final ByteBuf inputView = Unpooled.wrappedBuffer(input);
    private final ByteBuffer output = ByteBuffer.allocateDirect(OUTPUT_BYTES);
    private final ByteBuf outputView = Unpooled.wrappedBuffer(output);
  }

  /**
   * Begins a session.
   *
   * @param owed what the peer waits for already; it is paid before anything else
   */
  Session(Host host, int maxOwed, Buffers buffers, int owed) {
    this.host = host;
    this.maxOwed = maxOwed;
    this.owed = Math.min(owed, maxOwed);
    this.buffers = buffers;
    this.input = buffers.input;
    this.inputView = buffers.inputView;
    this.output = buffers.output;
    this.outputView = buffers.outputView;
    inputView.setIndex(0, 0);
  }

  // ---- input

  /** Whether more of what the peer sends can be taken. */
  boolean wantsInput() {
    return !inputEnded && fault == null && held == Item.NEED_MORE && owed < maxOwed;
  }

  /** Where input goes: what lies between its position and limit is free. */
  ByteBuffer beginInput() {
    if (!inputView.isReadable()) {
      Wipe.range(input.clear(), 0, inputView.writerIndex()); // a contribution may have passed
      inputView.setIndex(0, 0);
    }
    return input.limit(INPUT_BYTES).position(inputView.writerIndex());
  }

  /** Takes note of what was put into the buffer, up to its position. */
  void endInput() {
    inputView.writerIndex(input.position());
  }

  /** The peer sends no more; what it has sent is still answered. */
  void inputEnds() {
    inputEnded = true;
  }

  boolean hasInputEnded() {
    return inputEnded;
  }

  /** Whether the peer is in the middle of a command, and it is the peer's turn. */
  boolean isWaitingForRestOfCommand() {
    return wantsInput() && decoder.isInsideCommand() && !hasOutput() && owed == 0;
  }

  // ---- commands

  /** Takes commands for as long as none has to wait; true if one was taken. */
  boolean advance() {
    boolean progress = false;
    while (fault == null && owed < maxOwed) {
      if (held == Item.NEED_MORE) {
        held = decoder.next(inputView);
      }
      if (held == Item.NEED_MORE || (held != Item.BLOCKING_READ && (owed > 0 || hasOutput()))) {
        break;
      }
      perform();
      held = Item.NEED_MORE;
      progress = true;
    }
    return progress;
  }

  private void perform() {
    switch (held) {
      case LEVEL -> {
        host.received(EgdServerCounter.LEVEL_COMMANDS);
        beginReply();
        EgdReplies.level(outputView, Math.max(0, host.level()));
        endReply();
      }
      case NON_BLOCKING_READ -> {
        host.received(EgdServerCounter.POLL_COMMANDS);
        // The bytes first, one place further on: how many there are stands before them.
        int wanted = decoder.count();
        int drawn = wanted == 0 ? 0 : host.poll(output, 1, wanted);
        beginReply();
        EgdReplies.nonBlockingRead(outputView, drawn);
        endReply();
        tail += drawn;
      }
      case BLOCKING_READ -> {
        host.received(EgdServerCounter.READ_COMMANDS);
        owed += decoder.count();
      }
      case WRITE -> {
        host.received(EgdServerCounter.WRITE_COMMANDS);
        if (decoder.count() > 0) {
          host.contribute(decoder);
        }
      }
      case PID -> {
        host.received(EgdServerCounter.PID_COMMANDS);
        beginReply();
        EgdReplies.pid(outputView, host.pid());
        endReply();
      }
      case FAULT -> fault = decoder.fault();
      case NEED_MORE -> throw new IllegalStateException("no command to perform");
    }
  }

  private void beginReply() {
    outputView.setIndex(0, 0);
  }

  private void endReply() {
    tail = outputView.writerIndex();
    framing = tail;
  }

  /** Whether all that was asked is answered and sent, and nothing more can come. */
  boolean isOver() {
    return owed == 0
        && !hasOutput()
        && (fault != null || (inputEnded && held == Item.NEED_MORE && !inputView.isReadable()));
  }

  /** Whether nothing is owed and nothing waits to be sent. */
  boolean isSettled() {
    return owed == 0 && !hasOutput();
  }

  /** What was wrong with the commands, once {@link #isOver}; null if nothing was. */
  EgdFault fault() {
    return fault != null ? fault : decoder.endOfStream();
  }

  // ---- the debt

  /** How many bytes the client has asked for with blocking reads that are not in the output. */
  long owed() {
    return owed;
  }

  /** How many bytes can be taken for the debt now, at the most a given number; perhaps 0. */
  int wanted(int most) {
    return framing > 0 ? 0 : (int) Math.min(owed, Math.min(most, OUTPUT_BYTES - (tail - head)));
  }

  /** Makes room for that many more bytes behind the output's end, and says where that is. */
  int reserve(int bytes) {
    if (tail + bytes > OUTPUT_BYTES) {
      int unsent = tail - head;
      output.put(0, output, head, unsent);
      Wipe.range(output, unsent, tail - unsent);
      head = 0;
      tail = unsent;
    }
    return tail;
  }

  /** The buffer of the output. Its range from {@link #reserve} on is the caller's to fill. */
  ByteBuffer output() {
    return output;
  }

  /** Takes note of bytes that were put where {@link #reserve} said. */
  void paid(int bytes) {
    tail += bytes;
    owed -= bytes;
  }

  // ---- output

  boolean hasOutput() {
    return head < tail;
  }

  /** What is to be sent: between the buffer's position and limit. */
  ByteBuffer beginOutput() {
    return output.limit(tail).position(head);
  }

  /** Wipes what was sent, up to the buffer's position, and says how much of it was entropy. */
  int endOutput() {
    int sent = output.position() - head;
    output.clear();
    Wipe.range(output, head, sent);
    head += sent;
    int entropy = sent;
    if (framing > 0) {
      int part = Math.min(framing, sent);
      framing -= part;
      entropy -= part;
    }
    delivered += entropy;
    if (head == tail) {
      head = 0;
      tail = 0;
    }
    return entropy;
  }

  /** Bytes of entropy that were sent. */
  long delivered() {
    return delivered;
  }

  /** Bytes of entropy in the output that nobody has had. */
  int unsent() {
    return tail - head - framing;
  }

  /** Wipes everything, at the end of the connection, and gives up the buffers. */
  Buffers destroy() {
    Wipe.range(output.clear(), 0, OUTPUT_BYTES);
    Wipe.range(input.clear(), 0, INPUT_BYTES);
    decoder.close();
    head = 0;
    tail = 0;
    framing = 0;
    return buffers;
  }
}

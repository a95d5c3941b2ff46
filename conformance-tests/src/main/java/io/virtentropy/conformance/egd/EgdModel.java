package io.virtentropy.conformance.egd;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an EGD server ought to do to one client, whose source has nothing but what it was given:
 * which bytes, in which order, and when the connection ends. Shares no code with any server.
 */
public final class EgdModel {
  /**
   * What was contributed.
   *
   * @param bytes how many, 1 to 255
   * @param bits what they may count for: the claim, and no more than eight a byte
   */
  public record Contribution(int bytes, int bits) {}

  /** What the client is to receive next. */
  sealed interface Due {
    /** These bytes and no others. */
    final class Exactly implements Due {
      private final byte[] bytes;

      Exactly(byte[] bytes) {
        this.bytes = bytes;
      }

      byte[] bytes() {
        return bytes;
      }
    }

    /** A number of bits. */
    record Level() implements Due {}

    /** A process number. */
    record Pid() implements Due {}
  }

  private final Map<EgdQuirk, EgdDeviation> deviations = new EnumMap<>(EgdQuirk.class);
  private final Deque<byte[]> stock = new ArrayDeque<>();
  private final Deque<EgdStep.Request> behind = new ArrayDeque<>();
  private final List<Due> due = new ArrayList<>();
  private final List<Contribution> contributions = new ArrayList<>();
  private final ByteArrayOutputStream reading = new ByteArrayOutputStream();
  private long drawn;
  private int stocked;
  private int waiting;
  private int unanswered;
  private boolean sending = true;
  private boolean ended;

  /**
   * Creates the model of a server with an empty source and one client that has just connected.
   *
   * @param deviations what the server does otherwise
   */
  public EgdModel(List<EgdDeviation> deviations) {
    for (EgdDeviation deviation : deviations) {
      if (this.deviations.put(deviation.quirk(), deviation) != null) {
        throw new IllegalArgumentException(deviation.quirk() + " is declared twice");
      }
    }
  }

  boolean has(EgdQuirk quirk) {
    return deviations.containsKey(quirk);
  }

  /**
   * Says whether the server's deviations forbid a request now: what came of it would be no answer.
   *
   * @param request what the client would send
   * @return the deviation in the way, if there is one
   */
  public Optional<EgdDeviation> objection(EgdStep.Request request) {
    if (waiting > 0 && has(EgdQuirk.STALLS_BEHIND_WAIT)) {
      return declared(EgdQuirk.STALLS_BEHIND_WAIT);
    }
    if (request instanceof EgdStep.Write write
        && write.count() == 0
        && has(EgdQuirk.STALLS_ON_EMPTY_WRITE)) {
      return declared(EgdQuirk.STALLS_ON_EMPTY_WRITE);
    }
    boolean silent =
        request instanceof EgdStep.Write
            || (request instanceof EgdStep.Read read && read.count() == 0);
    return declared(EgdQuirk.STALLS_ON_LONG_INPUT)
        .filter(it -> silent && unanswered + request.encode().length > it.limit());
  }

  /**
   * Says whether the server's deviations forbid that the client closes its sending side now.
   *
   * @return the deviation in the way, if there is one
   */
  public Optional<EgdDeviation> objectionToEnd() {
    return declared(EgdQuirk.KEEPS_THE_GONE_WAITING).filter(it -> waiting > 0);
  }

  private Optional<EgdDeviation> declared(EgdQuirk quirk) {
    return Optional.ofNullable(deviations.get(quirk));
  }

  /**
   * The client sends a whole request.
   *
   * @param request what it sends
   */
  public void send(EgdStep.Request request) {
    if (!sending || ended) {
      throw new IllegalStateException("the client has closed its sending side, or was closed");
    }
    unanswered += request.encode().length;
    sending = !(request instanceof EgdStep.Junk);
    behind.add(request);
    run();
  }

  /**
   * The source gets more.
   *
   * @param bytes what it gets
   */
  public void supply(byte[] bytes) {
    stock.addLast(bytes.clone());
    stocked += bytes.length;
    run();
  }

  /** The client closes its sending side, perhaps inside a request, of which nothing will come. */
  public void end() {
    sending = false;
    if (has(EgdQuirk.DROPS_AT_HALF_CLOSE)) {
      ended = true;
    }
    run();
  }

  /** As far as can be: each request in its turn. */
  private void run() {
    while (!ended && served() && !behind.isEmpty()) {
      answer(behind.remove());
    }
    ended |= !sending && waiting == 0;
  }

  /** Whether the read that waited has all it wanted. */
  private boolean served() {
    if (waiting > 0 && (stocked >= waiting || !has(EgdQuirk.WAITING_READ_WHOLE))) {
      draw();
    }
    return waiting == 0;
  }

  private void answer(EgdStep.Request request) {
    // Java 17 has no switch over types.
    if (request instanceof EgdStep.Level) {
      due(new Due.Level());
    } else if (request instanceof EgdStep.Poll poll) {
      byte[] bytes = take(poll.count());
      byte[] reply = new byte[1 + bytes.length];
      reply[0] = (byte) bytes.length;
      System.arraycopy(bytes, 0, reply, 1, bytes.length);
      due(new Due.Exactly(reply));
    } else if (request instanceof EgdStep.Read read && read.count() > 0) {
      waiting = read.count();
      draw(); // what there is, at once; of the rest see served
    } else if (request instanceof EgdStep.Write write && write.count() > 0) {
      contributions.add(new Contribution(write.count(), Math.min(write.bits(), 8 * write.count())));
    } else if (request instanceof EgdStep.Pid) {
      due(new Due.Pid());
    } else if (request instanceof EgdStep.Junk) {
      behind.clear();
      ended = true;
    }
  }

  private void draw() {
    byte[] bytes = take(waiting);
    waiting -= bytes.length;
    reading.writeBytes(bytes);
    if (reading.size() > 0 && (waiting == 0 || !has(EgdQuirk.WAITING_READ_WHOLE))) {
      due(new Due.Exactly(reading.toByteArray()));
      reading.reset();
    }
  }

  private void due(Due reply) {
    due.add(reply);
    unanswered = 0;
  }

  /** Takes from the source what there is. */
  private byte[] take(int wanted) {
    ByteArrayOutputStream taken = new ByteArrayOutputStream();
    boolean newest = has(EgdQuirk.NEWEST_FIRST);
    while (taken.size() < wanted && stocked > 0) {
      byte[] block = newest ? stock.removeLast() : stock.removeFirst();
      int part = Math.min(wanted - taken.size(), block.length);
      taken.write(block, 0, part);
      stocked -= part;
      if (part < block.length) {
        byte[] rest = Arrays.copyOfRange(block, part, block.length);
        if (newest) {
          stock.addLast(rest);
        } else {
          stock.addFirst(rest);
        }
      }
    }
    drawn += taken.size();
    return taken.toByteArray();
  }

  /** What the client is to receive now, and has not been asked for before. */
  List<Due> collect() {
    List<Due> all = List.copyOf(due);
    due.clear();
    return all;
  }

  /**
   * Says how much a read that waits is still owed.
   *
   * @return bytes; 0 if none waits
   */
  public int waiting() {
    return waiting;
  }

  /**
   * Says how much is left in the source.
   *
   * @return bytes
   */
  public int stocked() {
    return stocked;
  }

  /**
   * Says how much has been drawn from the source.
   *
   * @return bytes since the model was created
   */
  public long drawn() {
    return drawn;
  }

  /**
   * Says what the client has contributed.
   *
   * @return each contribution of at least a byte, in order
   */
  public List<Contribution> contributions() {
    return List.copyOf(contributions);
  }

  /**
   * Says whether the client can still send: it has neither closed nor sent what is no command.
   *
   * @return whether it can
   */
  public boolean isSending() {
    return sending;
  }

  /**
   * Says whether the server has closed the connection.
   *
   * @return whether it has
   */
  public boolean isEnded() {
    return ended;
  }
}

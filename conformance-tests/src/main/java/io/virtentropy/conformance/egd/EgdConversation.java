package io.virtentropy.conformance.egd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * One client of a server and the model of it, side by side. After each step everything that the
 * model says is due has been received, byte for byte. What differs is an {@link AssertionError}
 * that says what was awaited, what came and which steps led there.
 *
 * <p>When it is closed, the server's source is empty again.
 */
public final class EgdConversation implements AutoCloseable {
  /** How long the server may take over an answer; a hang is a failure, slowness is none. */
  public static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final HexFormat HEX = HexFormat.of();
  private static final int MAX_COUNT = 255;

  /** As long as any that is in use; prngd fills up with blanks. */
  private static final int MAX_PID_TEXT = 32;

  private static final Pattern PID = Pattern.compile(" *[0-9]+ *");
  private static final Pattern NEGATIVE_PID = Pattern.compile("-[0-9]+");

  private final EgdServerUnderTest server;
  private final RandomGenerator random;
  private final Duration patience;
  private final EgdModel model;
  private final EgdLine line;
  private final List<EgdStep> done = new ArrayList<>();
  private boolean failed;

  /**
   * Begins a conversation.
   *
   * @param server with an empty source
   * @param random makes the bytes that the source gets
   * @param patience how long the server may take over an answer
   * @throws IOException if the server can't be reached
   */
  public EgdConversation(EgdServerUnderTest server, RandomGenerator random, Duration patience)
      throws IOException {
    this.server = server;
    this.random = random;
    this.patience = patience;
    this.model = new EgdModel(server.deviations());
    this.line = new EgdLine(server.connect(), patience);
  }

  /**
   * Gives the model.
   *
   * @return as it is after the steps so far
   */
  public EgdModel model() {
    return model;
  }

  /**
   * Does a step, unless a deviation forbids it or the client can't send any more.
   *
   * @param step what happens
   * @return the deviation that forbids it, if there is one
   * @throws IOException if the server can't be reached
   * @throws AssertionError if the server does not do what the model does
   */
  public Optional<EgdDeviation> apply(EgdStep step) throws IOException {
    try {
      return attempt(step);
    } catch (AssertionError | IOException e) {
      failed = true;
      done.add(step);
      throw new AssertionError(e.getMessage() + "; after the steps " + done, e);
    }
  }

  private Optional<EgdDeviation> attempt(EgdStep step) throws IOException {
    Optional<EgdDeviation> objection = Optional.empty();
    if (step instanceof EgdStep.Supply supply) {
      byte[] bytes = new byte[supply.bytes()];
      random.nextBytes(bytes);
      server.supply(bytes);
      model.supply(bytes);
    } else if (!model.isSending()) {
      return objection;
    } else if (step instanceof EgdStep.End end) {
      objection = model.objectionToEnd();
      if (objection.isEmpty()) {
        line.send(end.bytes());
        line.halfClose();
        model.end();
      }
    } else if (step instanceof EgdStep.Cut cut) {
      objection = send(cut.request(), cut.at());
    } else if (step instanceof EgdStep.Request request) {
      objection = send(request, 0);
    }
    if (objection.isEmpty()) {
      compare();
      done.add(step);
    }
    return objection;
  }

  private Optional<EgdDeviation> send(EgdStep.Request request, int cut) throws IOException {
    Optional<EgdDeviation> objection = model.objection(request);
    if (objection.isEmpty()) {
      byte[] bytes = request.encode();
      line.send(Arrays.copyOf(bytes, cut));
      try {
        line.send(Arrays.copyOfRange(bytes, cut, bytes.length));
      } catch (IOException e) {
        if (!(request instanceof EgdStep.Junk)) {
          throw e;
        }
        // It has met what is no command, and is gone before the rest of it.
      }
      model.send(request);
    }
    return objection;
  }

  private void compare() throws IOException {
    for (EgdModel.Due due : model.collect()) {
      if (due instanceof EgdModel.Due.Exactly exactly) {
        byte[] got = line.receive(exactly.bytes().length, "the reply to a read");
        if (!Arrays.equals(exactly.bytes(), got)) {
          throw new AssertionError(
              "the reply to a read is "
                  + HEX.formatHex(got)
                  + " instead of "
                  + HEX.formatHex(exactly.bytes()));
        }
      } else if (due instanceof EgdModel.Due.Level) {
        byte[] got = line.receive(Integer.BYTES, "the level");
        if (got[0] < 0) {
          throw new AssertionError(
              "the level is " + HEX.formatHex(got) + ", which is negative to some clients");
        }
      } else if (due instanceof EgdModel.Due.Pid) {
        comparePid();
      }
    }
    if (model.isEnded()) {
      line.receiveEnd();
    }
  }

  private void comparePid() throws IOException {
    int length = line.receive(1, "the length of the process number")[0] & 0xff;
    if (length == 0 || length > MAX_PID_TEXT) {
      throw new AssertionError("a process number of " + length + " characters");
    }
    byte[] text = line.receive(length, "the process number");
    Pattern accepted = model.has(EgdQuirk.NEGATIVE_PID) ? NEGATIVE_PID : PID;
    if (!accepted.matcher(new String(text, StandardCharsets.US_ASCII)).matches()) {
      throw new AssertionError(
          "the process number is " + HEX.formatHex(text) + "; accepted is " + accepted);
    }
  }

  /**
   * Gives the reads that wait the rest of what they want, ends the conversation as far as that has
   * not happened, and empties the server's source.
   *
   * @throws IOException if the server can't be reached
   * @throws AssertionError if the server does not do what the model does
   */
  @Override
  public void close() throws IOException {
    try (line) {
      if (!failed) {
        finish();
      }
    }
  }

  private void finish() throws IOException {
    // Another may wait behind each.
    while (model.waiting() > 0 && !model.isEnded()) {
      apply(new EgdStep.Supply(model.waiting()));
    }
    while (model.stocked() > 0 && model.isSending()) {
      apply(new EgdStep.Poll(MAX_COUNT));
    }
    if (model.isSending()) {
      apply(new EgdStep.End(""));
    }
    if (model.stocked() > 0) {
      empty();
    }
  }

  /** By another connection, as this one has ended. */
  private void empty() throws IOException {
    try (EgdLine other = new EgdLine(server.connect(), patience)) {
      int left = model.stocked();
      while (left > 0) {
        int count = Math.min(left, MAX_COUNT);
        other.send(new EgdStep.Read(count).encode());
        other.receive(count, "what is left in the source");
        left -= count;
      }
    }
  }

  @Override
  public String toString() {
    return "EGD conversation of " + done.size() + " steps";
  }
}

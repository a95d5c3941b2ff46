package io.virtentropy.rdrandemulation;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

/** A counting source whose behaviour a test sets from call to call. */
public final class MoodySource implements EntropyBackend {
  /** What a call of fill does. */
  public enum Mood {
    /** All that is wanted. */
    GENEROUS,
    /** One byte. */
    SHORT,
    /** Nothing now; requests are kept. */
    SLOW,
    /** A failure. */
    FAILING,
    /** An exception that no source may throw. */
    THROWING,
    /** More than was asked for, it says. */
    BOASTING,
    /** The same byte for ever. */
    STUCK
  }

  public Mood mood = Mood.GENEROUS;
  public final Queue<EntropyRequest> waiting = new ArrayDeque<>();
  public int fills;
  public int submits;
  private final CounterBackend counter;

  public MoodySource(long first) {
    counter = new CounterBackend(first);
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    fills++;
    return switch (mood) {
      case GENEROUS -> counter.fill(target, index, length);
      case SHORT -> counter.fill(target, index, 1);
      case SLOW -> 0;
      case FAILING ->
          throw new EntropySourceException(
              EntropySourceException.Reason.IO_ERROR, "failing, as it was told");
      case THROWING -> throw new IllegalStateException("throwing, as it was told");
      case BOASTING -> length + 1;
      case STUCK -> {
        for (int i = 0; i < length; i++) {
          target.put(index + i, (byte) 0x5a);
        }
        yield length;
      }
    };
  }

  @Override
  public void submit(EntropyRequest request) {
    submits++;
    waiting.add(request);
  }

  @Override
  public void cancel(EntropyRequest request) {
    if (waiting.remove(request)) {
      request.forget();
    }
  }

  /** Completes the oldest request with so many bytes. */
  public void complete(int bytes) {
    EntropyRequest request = waiting.remove();
    if (request.claim()) {
      counter.fill(request.target(), 0, bytes);
      request.complete(bytes);
    }
  }

  @Override
  public void close() {}
}

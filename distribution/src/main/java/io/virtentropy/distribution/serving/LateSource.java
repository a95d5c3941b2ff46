package io.virtentropy.distribution.serving;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A source that was not there when its pool was started. It is opened when it is first asked, and
 * as long as that fails, so does asking it.
 */
public final class LateSource implements EntropyBackend {
  private final String name;
  private final Supplier<EntropyBackend> opener;
  private EntropyBackend opened;
  private boolean closed;

  /**
   * Creates a source that is not open.
   *
   * @param name its string form
   * @param opener opens it, or fails with an {@link EntropySourceException}
   */
  public LateSource(String name, Supplier<EntropyBackend> opener) {
    this.name = Objects.requireNonNull(name, "name");
    this.opener = Objects.requireNonNull(opener, "opener");
  }

  private synchronized EntropyBackend open() {
    if (closed) {
      throw new EntropySourceException(Reason.CLOSED, "the source " + name + " has been closed");
    }
    if (opened == null) {
      opened = opener.get();
    }
    return opened;
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    return open().fill(target, index, length);
  }

  @Override
  public void submit(EntropyRequest request) {
    open().submit(request);
  }

  @Override
  public void cancel(EntropyRequest request) {
    EntropyBackend source;
    synchronized (this) {
      source = opened;
    }
    if (source != null) {
      source.cancel(request);
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (opened != null) {
      opened.close();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}

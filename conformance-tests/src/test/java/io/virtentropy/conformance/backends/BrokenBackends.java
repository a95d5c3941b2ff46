package io.virtentropy.conformance.backends;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.conformance.junit.EntropyBackendContract;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;

/**
 * Sources that break the contract, each in one way, as classes that the contract is run on. None is
 * named {@code …Test}, so nobody but {@link EntropyBackendContractTest} runs them.
 */
final class BrokenBackends {
  private BrokenBackends() {}

  /** The contract on one of these sources, or on the one they are made from. */
  static class OnSupplied extends EntropyBackendContract {
    /** What never comes is waited for so long. */
    private static final Duration SHORT = Duration.ofSeconds(1);

    private final Supplied source;
    private final boolean hangs;

    OnSupplied(Supplied source) {
      this(source, false);
    }

    OnSupplied(Supplied source, boolean hangs) {
      this.source = source;
      this.hangs = hangs;
    }

    @Override
    protected EntropyBackend open() {
      return source;
    }

    @Override
    protected void supply(int bytes) {
      source.supply(bytes);
    }

    @Override
    protected boolean waitsForSupply() {
      return true;
    }

    @Override
    protected byte[] known(int bytes) {
      return Supplied.stream(bytes);
    }

    @Override
    protected boolean breakDown() {
      source.setBroken(true);
      return true;
    }

    @Override
    protected void repair() {
      source.setBroken(false);
    }

    @Override
    protected Duration patience() {
      return hangs ? SHORT : super.patience();
    }
  }

  static final class Correct extends OnSupplied {
    Correct() {
      super(new Supplied());
    }
  }

  static final class DeliversSixteenBytesTwice extends OnSupplied {
    DeliversSixteenBytesTwice() {
      super(
          new Supplied() {
            private final byte[] first = stream(16);

            @Override
            int take(ByteBuffer target, int index, int length) {
              int from = next;
              int n = super.take(target, index, length);
              if (from > 16_384 && n >= first.length) {
                target.put(index, first);
              }
              return n;
            }
          });
    }
  }

  static final class WritesOneByteTooMany extends OnSupplied {
    WritesOneByteTooMany() {
      super(
          new Supplied() {
            @Override
            public synchronized int fill(ByteBuffer target, int index, int length) {
              int n = super.fill(target, index, length);
              int limit = target.limit();
              if (n > 0 && index + n < target.capacity()) {
                target.limit(target.capacity()).put(index + n, (byte) 1).limit(limit);
              }
              return n;
            }
          });
    }
  }

  static final class MovesThePosition extends OnSupplied {
    MovesThePosition() {
      super(
          new Supplied() {
            @Override
            public synchronized int fill(ByteBuffer target, int index, int length) {
              int n = super.fill(target, index, length);
              target.position(index + n);
              return n;
            }
          });
    }
  }

  static final class ServesTheLastFirst extends OnSupplied {
    ServesTheLastFirst() {
      super(
          new Supplied() {
            @Override
            EntropyRequest takeWaiting() {
              return waiting.pollLast();
            }
          });
    }
  }

  static final class WritesIntoCancelledRequests extends OnSupplied {
    WritesIntoCancelledRequests() {
      super(
          new Supplied() {
            @Override
            public synchronized void cancel(EntropyRequest request) {
              super.cancel(request);
              request.target().put(0, (byte) 1);
            }
          });
    }
  }

  static final class KeepsCancelledRequests extends OnSupplied {
    KeepsCancelledRequests() {
      super(
          new Supplied() {
            @Override
            public synchronized void cancel(EntropyRequest request) {
              waiting.remove(request);
            }
          },
          true);
    }
  }

  static final class LeavesRequestsWhenClosed extends OnSupplied {
    LeavesRequestsWhenClosed() {
      super(
          new Supplied() {
            @Override
            public synchronized void close() {
              waiting.clear();
              super.close();
            }
          },
          true);
    }
  }

  static final class WaitsInFill extends OnSupplied {
    WaitsInFill() {
      super(
          new Supplied() {
            @Override
            synchronized void supply(int bytes) {
              super.supply(bytes);
              notifyAll();
            }

            @Override
            public synchronized int fill(ByteBuffer target, int index, int length) {
              while (available == 0 && !closed && !broken) {
                try {
                  wait();
                } catch (InterruptedException e) {
                  throw new IllegalStateException("interrupted by a test", e);
                }
              }
              return super.fill(target, index, length);
            }

            @Override
            public synchronized void close() {
              super.close();
              notifyAll();
            }
          },
          true);
    }
  }

  static final class KeepsWhatItDelivered extends OnSupplied {
    KeepsWhatItDelivered() {
      super(
          new Supplied() {
            private final byte[] kept = new byte[1024];

            @Override
            int take(ByteBuffer target, int index, int length) {
              System.arraycopy(stream, next, kept, 0, Math.min(length, available));
              return super.take(target, index, length);
            }

            @Override
            public synchronized void close() {
              super.close();
              Arrays.fill(kept, (byte) 0);
            }
          });
    }
  }

  static final class KeepsTheRestWhenClosed extends OnSupplied {
    KeepsTheRestWhenClosed() {
      super(
          new Supplied() {
            private byte[] rest;

            @Override
            public synchronized int fill(ByteBuffer target, int index, int length) {
              rest = Arrays.copyOfRange(stream, next + length, next + length + 64);
              return super.fill(target, index, length);
            }

            @Override
            public synchronized void submit(EntropyRequest request) {
              rest = null;
              super.submit(request);
            }
          });
    }
  }

  static final class SwallowsInterrupts extends OnSupplied {
    SwallowsInterrupts() {
      super(
          new Supplied() {
            @Override
            public synchronized void submit(EntropyRequest request) {
              Thread.interrupted();
              super.submit(request);
            }
          });
    }
  }

  static final class KnowsOneThreadOnly extends OnSupplied {
    KnowsOneThreadOnly() {
      super(
          new Supplied() {
            private Thread owner;

            @Override
            public synchronized void submit(EntropyRequest request) {
              owner = owner == null ? Thread.currentThread() : owner;
              if (owner != Thread.currentThread()) {
                throw new IllegalStateException("called by another thread than before");
              }
              super.submit(request);
            }
          });
    }
  }

  static final class CanNotBeAskedWhileItAnswers extends OnSupplied {
    CanNotBeAskedWhileItAnswers() {
      super(
          new Supplied() {
            private boolean answering;

            @Override
            void answer(EntropyRequest request) {
              answering = true;
              super.answer(request);
              answering = false;
            }

            @Override
            public synchronized void submit(EntropyRequest request) {
              if (answering) {
                throw new IllegalStateException("asked while it answers");
              }
              super.submit(request);
            }
          });
    }
  }

  static final class WritesAndThenFails extends OnSupplied {
    WritesAndThenFails() {
      super(
          new Supplied() {
            @Override
            public synchronized int fill(ByteBuffer target, int index, int length) {
              if (broken) {
                target.put(index, (byte) 1);
              }
              return super.fill(target, index, length);
            }
          });
    }
  }

  static final class ShowsItsState extends OnSupplied {
    ShowsItsState() {
      super(
          new Supplied() {
            @Override
            public String toString() {
              return "supplied, then " + stream[next];
            }
          });
    }
  }
}

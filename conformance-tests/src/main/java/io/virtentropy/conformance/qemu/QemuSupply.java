package io.virtentropy.conformance.qemu;

import io.virtentropy.conformance.dut.EntropySupply;
import java.io.IOException;
import java.util.List;

/**
 * What gives QEMU's device its bytes. Closed by the machine it belongs to; made before that starts,
 * since QEMU connects to it then.
 */
abstract sealed class QemuSupply implements AutoCloseable {

  /**
   * Turns QEMU needs to answer what is on its doorstep: notice it, act, and tell. With four, 72,000
   * requests over EGD, FIFO and the built-in generator, eventfds on and off, had all settled on
   * 7.2, 10.0 and 11.1 with the CPUs overcommitted.
   */
  static final int TURNS = 4;

  private QemuSupply() {}

  /** Adds the object with the id {@code rng}. */
  abstract void plug(QemuMachine.Builder machine);

  /** The suite's end of it; null if it has none. */
  abstract EntropySupply of(QemuMachine machine, Runnable settle);

  boolean showsRequests() {
    return false;
  }

  @Override
  public void close() throws IOException {
    // Nothing is open, unless a kind says so.
  }

  /** QEMU's own generator, seeded. */
  static final class Seeded extends QemuSupply {
    private final long seed;

    Seeded(long seed) {
      this.seed = seed;
    }

    @Override
    void plug(QemuMachine.Builder machine) {
      machine.object("rng-builtin,id=rng").arguments("-seed", Long.toUnsignedString(seed));
    }

    @Override
    EntropySupply of(QemuMachine machine, Runnable settle) {
      return null;
    }
  }

  /** Somebody else, who is there already. */
  static final class Others extends QemuSupply {
    private final String[] words;

    Others(String... words) {
      this.words = words.clone();
    }

    @Override
    void plug(QemuMachine.Builder machine) {
      machine.arguments(words);
    }

    @Override
    EntropySupply of(QemuMachine machine, Runnable settle) {
      return null;
    }
  }

  /** A daemon in the suite's hands. */
  static final class Egd extends QemuSupply {
    /** The most QEMU reads from a socket in one turn. */
    private static final int PER_TURN = 4096;

    private final EgdPeer peer;

    Egd(WorkFolder folder) throws IOException {
      this.peer = EgdPeer.listen(folder.file("egd"));
    }

    EgdPeer peer() {
      return peer;
    }

    @Override
    void plug(QemuMachine.Builder machine) {
      machine
          .arguments("-chardev", "socket,id=egd,path=" + WorkFolder.asOption(peer.path()))
          .object("rng-egd,id=rng,chardev=egd");
    }

    @Override
    EntropySupply of(QemuMachine machine, Runnable settle) {
      // QEMU writes each 255 bytes' request on its own, and waits once the socket holds no more:
      // in whatever made it ask, and that is also a machine that goes on.
      machine.whileWaiting(peer::drain);
      QtestClient qtest = machine.qtest();
      return new EntropySupply() {
        @Override
        public List<Integer> takeRequests() {
          settle.run();
          return peer.takeRequests();
        }

        @Override
        public void deliver(byte[] bytes) {
          peer.send(bytes);
          int turns = bytes.length / PER_TURN + TURNS;
          for (int i = 0; i < turns; i++) {
            qtest.turn();
            boolean unused = peer.flush();
          }
        }
      };
    }

    @Override
    boolean showsRequests() {
      return true;
    }

    @Override
    public void close() throws IOException {
      peer.close();
    }
  }

  /** A FIFO in the suite's hands. */
  static final class Fifo extends QemuSupply {
    private final FifoSource fifo;

    Fifo(WorkFolder folder) throws IOException {
      this.fifo = FifoSource.make(folder.file("fifo"));
    }

    @Override
    void plug(QemuMachine.Builder machine) {
      machine.object("rng-random,id=rng,filename=" + WorkFolder.asOption(fifo.path()));
    }

    @Override
    EntropySupply of(QemuMachine machine, Runnable settle) {
      return new EntropySupply() {
        @Override
        public List<Integer> takeRequests() {
          throw new UnsupportedOperationException("a FIFO does not show what its reader asks for");
        }

        @Override
        public void deliver(byte[] bytes) {
          fifo.put(bytes);
          machine.qtest().turns(TURNS);
        }
      };
    }

    @Override
    public void close() throws IOException {
      fifo.close();
    }
  }
}

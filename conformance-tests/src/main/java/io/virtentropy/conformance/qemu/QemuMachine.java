package io.virtentropy.conformance.qemu;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A machine without a guest, run by QEMU in a child process, driven over {@link #qtest()} and
 * {@link #qmp()}.
 *
 * <pre>{@code
 * QemuBinary qemu = QemuBinary.at(Path.of("qemu-system-x86_64"));
 * try (QemuMachine machine =
 *     QemuMachine.of(qemu, qemu.machineType("q35"))
 *         .device("virtio-rng-pci,addr=4.0")
 *         .start()) {
 *   machine.qtest().out(0xcf8, 4, 0x80002000L);
 *   long identity = machine.qtest().in(0xcfc, 4); // 0x10051af4
 * }
 * }</pre>
 *
 * <p>The child is dead when {@link #close()} returns, and dies with this JVM however that ends.
 * Every wait for it has a deadline. What QEMU wrote to its standard error is at the end of the
 * message of each {@link QemuException} that has to do with its death.
 */
public final class QemuMachine implements AutoCloseable {
  private final WorkFolder folder;
  private final ChildProcess child;
  private final QtestClient qtest;
  private final QmpClient qmp;
  private boolean closed;

  private QemuMachine(WorkFolder folder, ChildProcess child, QtestClient qtest, QmpClient qmp) {
    this.folder = folder;
    this.child = child;
    this.qtest = qtest;
    this.qmp = qmp;
  }

  /**
   * Begins to describe a machine.
   *
   * @param binary which QEMU runs it
   * @param machineType by its full name, such as {@code pc-q35-7.2}: the devices of a QEMU differ
   *     from one machine type to the next
   * @return a description with 128 MiB of memory, no devices but the chipset's, and a deadline of
   *     120 s for the start and for each answer: long enough for a machine that is busy
   */
  public static Builder of(QemuBinary binary, String machineType) {
    return new Builder(binary, machineType);
  }

  /** What a machine is made of. */
  public static final class Builder {
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final QemuBinary binary;
    private final List<String> arguments = new ArrayList<>();
    private int memoryMib = 128;
    private Duration deadline = DEADLINE;
    private boolean tcg;

    private Builder(QemuBinary binary, String machineType) {
      this.binary = Objects.requireNonNull(binary, "binary");
      this.tcg = !binary.qtestAccelerator();
      arguments.addAll(List.of("-machine", Objects.requireNonNull(machineType, "machineType")));
    }

    /**
     * Adds a device.
     *
     * @param text as behind {@code -device}
     * @return this
     */
    public Builder device(String text) {
      return arguments("-device", text);
    }

    /**
     * Adds an object.
     *
     * @param text as behind {@code -object}
     * @return this
     */
    public Builder object(String text) {
      return arguments("-object", text);
    }

    /**
     * Adds words to QEMU's command line.
     *
     * @param words options and their values
     * @return this
     */
    public Builder arguments(String... words) {
      arguments.addAll(List.of(words));
      return this;
    }

    /**
     * Sets the size of guest memory, which begins at address 0.
     *
     * @param mebibytes 1 to 2048
     * @return this
     */
    public Builder memoryMib(int mebibytes) {
      if (mebibytes < 1 || mebibytes > 2048) {
        throw new IllegalArgumentException(mebibytes + " MiB of memory; 1 to 2048 are right");
      }
      this.memoryMib = mebibytes;
      return this;
    }

    /**
     * Sets how long one answer of QEMU's is waited for, once it has started.
     *
     * @param time more than 0
     * @return this
     */
    public Builder deadline(Duration time) {
      if (time.isNegative() || time.isZero()) {
        throw new IllegalArgumentException("a deadline of " + time + "; more than 0 is right");
      }
      this.deadline = time;
      return this;
    }

    /**
     * Uses TCG and the wall's clock even where the QEMU could do without.
     *
     * @return this
     */
    public Builder underTcg() {
      this.tcg = true;
      return this;
    }

    /**
     * Starts the machine and waits until it answers.
     *
     * @return one that runs
     * @throws QemuStartException if it doesn't start, with QEMU's reason
     */
    public QemuMachine start() {
      WorkFolder folder = WorkFolder.make();
      try {
        return new Start(this, folder).run();
      } catch (IOException e) {
        closeAfter(e, folder);
        throw new QemuStartException("cannot start QEMU: " + e.getMessage(), e);
      } catch (RuntimeException | Error e) {
        closeAfter(e, folder);
        throw e;
      }
    }

    private List<String> command(WorkFolder folder) throws IOException {
      List<String> command = new ArrayList<>();
      command.add(binary.path().toString());
      command.addAll(arguments);
      command.addAll(List.of("-no-user-config", "-nodefaults", "-display", "none"));
      command.addAll(List.of("-m", memoryMib + "M", "-qtest-log", "none"));
      command.addAll(List.of("-qtest", "unix:" + WorkFolder.asOption(folder.file(Start.QTEST))));
      command.addAll(List.of("-qmp", "unix:" + WorkFolder.asOption(folder.file(Start.QMP))));
      if (tcg) {
        Path firmware = HaltingFirmware.writeTo(folder.file("firmware"));
        command.addAll(List.of("-accel", "tcg", "-bios", firmware.toString()));
      } else {
        command.addAll(List.of("-accel", "qtest"));
      }
      return command;
    }
  }

  /** One attempt to start: listens, starts the child, waits for its two connections. */
  private static final class Start {
    static final String QTEST = "qtest";
    static final String QMP = "qmp";

    private final Builder builder;
    private final WorkFolder folder;
    private final List<LineSocket> connections = new ArrayList<>();
    private ChildProcess child;

    Start(Builder builder, WorkFolder folder) {
      this.builder = builder;
      this.folder = folder;
    }

    QemuMachine run() throws IOException {
      try (ServerSocketChannel qtest = listen(QTEST);
          ServerSocketChannel qmp = listen(QMP);
          Selector selector = Selector.open()) {
        qtest.register(selector, SelectionKey.OP_ACCEPT);
        qmp.register(selector, SelectionKey.OP_ACCEPT);
        child =
            ChildProcess.start(builder.command(folder), folder.file("errors"), selector::wakeup);
        try {
          long end = System.nanoTime() + Builder.DEADLINE.toNanos();
          QtestClient first = new QtestClient(accept(qtest, selector, end));
          QmpClient second = new QmpClient(accept(qmp, selector, end));
          connections.forEach(connection -> connection.answerWithin(builder.deadline));
          return new QemuMachine(folder, child, first, second);
        } catch (QemuGoneException e) {
          child.kill();
          throw new QemuStartException("QEMU did not start" + child.lastWords(), e);
        }
      } catch (IOException | RuntimeException | Error e) {
        if (child != null) {
          child.kill();
        }
        connections.forEach(connection -> closeAfter(e, connection));
        throw e;
      }
    }

    private ServerSocketChannel listen(String name) throws IOException {
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.configureBlocking(false);
      server.bind(UnixDomainSocketAddress.of(folder.file(name)));
      return server;
    }

    private LineSocket accept(ServerSocketChannel server, Selector selector, long end)
        throws IOException {
      while (true) {
        SocketChannel channel = server.accept();
        if (channel != null) {
          LineSocket connection = new LineSocket(channel, Builder.DEADLINE, child::lastWords);
          connections.add(connection);
          return connection;
        }
        if (!child.isAlive()) {
          throw new QemuStartException("QEMU did not start" + child.lastWords());
        }
        if (Thread.currentThread().isInterrupted()) {
          throw new InterruptedIOException("the thread was interrupted");
        }
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left <= 0) {
          throw new QemuSilentException(
              "QEMU did not connect within "
                  + Builder.DEADLINE.toMillis()
                  + " ms"
                  + child.lastWords());
        }
        selector.select(left);
        selector.selectedKeys().clear();
      }
    }
  }

  /** Has something done from time to time while QEMU is slow, whatever it was asked. */
  void whileWaiting(Runnable task) {
    qtest.whileWaiting(task);
    qmp.whileWaiting(task);
  }

  /**
   * Memory, ports, interrupts and the clock.
   *
   * @return the same for the life of the machine
   */
  public QtestClient qtest() {
    return qtest;
  }

  /**
   * Control of the machine.
   *
   * @return the same for the life of the machine
   */
  public QmpClient qmp() {
    return qmp;
  }

  /**
   * The child's process id, for tests that look at it.
   *
   * @return QEMU's own, not that of a program that started it
   */
  public long pid() {
    return child.pid();
  }

  /**
   * Whether the child runs.
   *
   * @return false once it has ended
   */
  public boolean isAlive() {
    return child.isAlive();
  }

  /**
   * What QEMU wrote to its standard error, its last lines.
   *
   * @return empty if it wrote nothing and runs
   */
  public String lastWords() {
    return child.lastWords().strip();
  }

  /** Kills the child; it is dead on return. A second call does nothing. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    child.kill();
    closeAfter(null, qtest);
    closeAfter(null, qmp);
    closeAfter(null, folder);
  }

  /** Nothing is lost when one of these can't be closed, and there is something better to say. */
  private static void closeAfter(Throwable reason, AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      if (reason != null) {
        reason.addSuppressed(e);
      }
    }
  }
}

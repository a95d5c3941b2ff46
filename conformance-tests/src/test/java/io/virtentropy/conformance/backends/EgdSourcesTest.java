package io.virtentropy.conformance.backends;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.egd.EgdAddress;
import io.virtentropy.backends.egd.EgdBackend;
import io.virtentropy.backends.egd.EgdLoop;
import io.virtentropy.conformance.junit.EntropyBackendContract;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract, kept by the client of EGD; in its QEMU-like mode it keeps QEMU's, where what comes
 * for a cancelled request is lost.
 */
class EgdSourcesTest {
  /** With a daemon that is supplied. */
  abstract static class OverSockets extends EntropyBackendContract {
    @TempDir Path dir;
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private EgdDaemon daemon;

    abstract ServerSocketChannel listen() throws Exception;

    abstract EgdAddress address(EgdDaemon listening) throws Exception;

    @Override
    protected EntropyBackend open() throws Exception {
      daemon = new EgdDaemon(listen(), OurBackendsTest::stream);
      toClose.add(daemon);
      EgdLoop loop = EgdLoop.start(OverSockets::thread);
      toClose.add(loop);
      return EgdBackend.builder(address(daemon), loop)
          .retry(Duration.ofMillis(1), Duration.ofMillis(5))
          .open();
    }

    private static Thread thread(Runnable task) {
      Thread thread = new Thread(task, "egd-contract");
      thread.setDaemon(true);
      return thread;
    }

    @Override
    protected void supply(int bytes) {
      daemon.supply(bytes);
    }

    @Override
    protected boolean waitsForSupply() {
      return true;
    }

    @Override
    protected byte[] known(int bytes) {
      return OurBackendsTest.stream(bytes);
    }

    @AfterEach
    void closeAll() throws Exception {
      for (AutoCloseable each : toClose) {
        each.close();
      }
    }
  }

  @Nested
  class UnixTest extends OverSockets {
    private int number;

    @Override
    ServerSocketChannel listen() throws Exception {
      number++;
      return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
          .bind(UnixDomainSocketAddress.of(dir.resolve("egd" + number)), 64);
    }

    @Override
    EgdAddress address(EgdDaemon listening) {
      return new EgdAddress.Unix(dir.resolve("egd" + number), false);
    }
  }

  @Nested
  class TcpTest extends OverSockets {
    @Override
    ServerSocketChannel listen() throws Exception {
      return ServerSocketChannel.open()
          .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
    }

    @Override
    EgdAddress address(EgdDaemon listening) throws Exception {
      InetSocketAddress at = (InetSocketAddress) listening.address();
      return new EgdAddress.Tcp(at.getAddress().getHostAddress(), at.getPort(), false, false);
    }
  }
}

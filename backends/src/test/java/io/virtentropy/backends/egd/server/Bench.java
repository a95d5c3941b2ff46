package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * A server over a real Unix socket, polled by the test's own thread, whose time stands still. On a
 * Unix socket what one side has written is there for the other at once, so nothing is waited for.
 */
final class Bench implements AutoCloseable {
  static final long PID = 1234;

  final ManualClock clock = new ManualClock(Long.MAX_VALUE - 1000); // it wraps under way
  final MeteredSource source;
  final List<String> events = new ArrayList<>();
  final EgdServer server;
  private final Path folder;
  private final Path path;

  Bench(long supply) {
    this(supply, service -> {}, server -> {});
  }

  Bench(MeteredSource source) {
    this(source, service -> {}, server -> {});
  }

  Bench(long supply, Consumer<EgdService.Builder> terms, Consumer<EgdServerBuilder> settings) {
    this(new MeteredSource(supply), terms, settings);
  }

  Bench(
      MeteredSource source,
      Consumer<EgdService.Builder> terms,
      Consumer<EgdServerBuilder> settings) {
    this.source = source;
    EgdService.Builder service = EgdService.builder(source);
    terms.accept(service);
    try {
      folder = Files.createTempDirectory("egd");
      path = folder.resolve("pool");
      EgdServerBuilder builder =
          EgdServer.builder()
              .clock(clock)
              .pid(PID)
              .drainNanos(0)
              .listener(new Log())
              .listen(path, UnixSocketAccess.DEFAULT, service.build());
      settings.accept(builder);
      server = builder.build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes down what a listener is told. */
  private final class Log implements EgdServerListener {
    @Override
    public void connected(EgdPeer peer) {
      events.add("connected " + peer.number());
    }

    @Override
    public void refused(EgdPeer peer, String why) {
      events.add("refused " + peer.number() + ": " + why);
    }

    @Override
    public void disconnected(EgdPeer peer, EgdDisconnection why) {
      events.add(
          "gone "
              + peer.number()
              + ": "
              + why.cause()
              + ", delivered "
              + peer.delivered()
              + ", owed "
              + peer.owed());
    }

    @Override
    public void sourceFailed(EntropySourceException failure, long retryNanos) {
      events.add("source failed: " + failure.getMessage() + ", again in " + retryNanos);
    }

    @Override
    public void contributionFailed(EgdPeer peer, EntropySourceException failure) {
      events.add("contribution failed: " + failure.getMessage());
    }
  }

  Path path() {
    return path;
  }

  long count(EgdServerCounter counter) {
    return server.counters().get(counter);
  }

  /** Lets the server do what it can do now; gives how many polls that took. */
  int settle() {
    int polls = 1;
    while (server.poll(0) > 0) {
      polls++;
    }
    return polls;
  }

  void pass(long nanos) {
    clock.advance(nanos);
    settle();
  }

  Client connect() {
    return new Client(dial(path));
  }

  /** A client whose connection is made elsewhere and handed to the server. */
  Client attach(EgdService service) {
    Path there = folder.resolve("elsewhere");
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(there));
      SocketChannel ours = dial(there);
      assertTrue(server.attach(other.accept(), "elsewhere", service).isPresent());
      Files.delete(there);
      return new Client(ours);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SocketChannel dial(Path path) {
    try {
      return SocketChannel.open(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    server.close();
    try (var left = Files.list(folder)) {
      assertEquals(List.of(), left.toList(), "what the server leaves behind");
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A client that sends and receives bytes as the test says. */
  final class Client implements AutoCloseable {
    private final SocketChannel channel;
    private boolean ended;

    Client(SocketChannel channel) {
      this.channel = channel;
      try {
        channel.configureBlocking(false);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      settle();
    }

    /** Sends and lets the server work. */
    Client send(byte... bytes) {
      try {
        assertEquals(bytes.length, channel.write(ByteBuffer.wrap(bytes)), "fits the socket");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      settle();
      return this;
    }

    Client send(String hex) {
      return send(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    /** Sends what the socket takes; gives how much that was. */
    int offer(byte[] bytes) {
      try {
        return channel.write(ByteBuffer.wrap(bytes));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Everything that can be received, with the server sending on in between. */
    byte[] receive() {
      return receive(65_536, true);
    }

    /** Everything that can be received, with the server closed already. */
    byte[] receiveRest() {
      return receive(65_536, false);
    }

    /** Everything that can be received, a few bytes at a time. */
    byte[] receive(int atMost, boolean serving) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      byte[] some = receiveAtMost(atMost);
      while (some.length > 0) {
        all.writeBytes(some);
        if (serving) {
          settle();
        }
        some = receiveAtMost(atMost);
      }
      return all.toByteArray();
    }

    byte[] receiveAtMost(int bytes) {
      ByteBuffer in = ByteBuffer.allocate(bytes);
      try {
        if (channel.read(in) < 0) {
          ended = true;
        }
      } catch (IOException e) {
        ended = true; // a reset, because the server has not read everything
      }
      return Arrays.copyOf(in.array(), in.position());
    }

    String receiveHex() {
      return HexFormat.of().formatHex(receive());
    }

    /** Whether the server has closed the connection, once everything was received. */
    boolean hasEnded() {
      return ended;
    }

    Client halfClose() {
      try {
        channel.shutdownOutput();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      settle();
      return this;
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      settle();
    }
  }
}

package io.virtentropy.benchmarks.crowd;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** A client that does harm, again and again. */
final class Hostile implements Crowd.Member {
  /** How. */
  enum Kind {
    /** Asks, and never reads what it gets. */
    NEVER_READS,
    /** Writes as many commands as the socket takes, and reads nothing. */
    PIPELINES,
    /** Sends bytes that are no commands. */
    GARBAGE,
    /** Sends the first byte of a command, and not the second. */
    HALF_COMMANDS,
    /** Connects, asks, and goes, in a loop. */
    RECONNECTS
  }

  private static final long PERIOD_NANOS = 100_000_000;
  private static final ByteBuffer MANY = ByteBuffer.allocateDirect(4096);

  private final Kind kind;
  private final Path socket;
  private SocketChannel channel;
  private long ended;

  Hostile(Kind kind, Path socket) {
    this.kind = kind;
    this.socket = socket;
  }

  /** How often a connection of its was at an end. */
  long ended() {
    return ended;
  }

  @Override
  public void ready(Crowd crowd) throws IOException {
    // Only those who notice that they are thrown out are registered.
    if (channel.read(crowd.in()) < 0) {
      leave();
    }
  }

  private void leave() throws IOException {
    ended++;
    channel.close();
    channel = null;
  }

  @Override
  public void tick(Crowd crowd) throws IOException {
    crowd.plan((long) (PERIOD_NANOS * (0.5 + crowd.random().nextDouble())), this);
    try {
      if (channel == null) {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        channel.configureBlocking(false);
        if (kind == Kind.GARBAGE || kind == Kind.HALF_COMMANDS) {
          crowd.register(channel, SelectionKey.OP_READ, this);
        }
        if (kind == Kind.HALF_COMMANDS) {
          send(1, 2);
        }
      }
      switch (kind) {
        case NEVER_READS -> send(2, 2);
        case PIPELINES -> send(MANY.capacity(), 2);
        case GARBAGE -> send(64, 0x93);
        case RECONNECTS -> {
          send(2, 2);
          leave();
        }
        case HALF_COMMANDS -> {
          // The other half never comes.
        }
      }
    } catch (IOException e) {
      if (channel != null) {
        leave(); // thrown out
      }
    }
  }

  /** Sends a byte and 0xff in turn, as far as the socket takes them. */
  private void send(int bytes, int first) throws IOException {
    MANY.clear();
    for (int i = 0; i < bytes; i++) {
      MANY.put((byte) (i % 2 == 0 ? first : 0xff));
    }
    boolean unused = channel.write(MANY.flip()) >= 0;
  }
}

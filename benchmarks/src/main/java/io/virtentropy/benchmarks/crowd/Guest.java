package io.virtentropy.benchmarks.crowd;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * A guest as its QEMU shows it: {@code rng-egd} writes {@code 02 NN} for each 255 bytes of a
 * request, waits for them all, and asks again. Nine in ten requests are for the 64 bytes of a Linux
 * guest, the others for 255 or 1000.
 */
final class Guest implements Crowd.Member {
  private static final int USUAL_BYTES = 64;
  private static final int COMMAND_BYTES = 255;
  private static final int LARGE_BYTES = 1000;

  /** The mean request. */
  static final double MEAN_BYTES = (90 * USUAL_BYTES + 7 * COMMAND_BYTES + 3 * LARGE_BYTES) / 100.0;

  private static final ByteBuffer COMMANDS = ByteBuffer.allocateDirect(16);

  private final int classIndex;
  private final double meanPauseNanos;
  private ServerSocketChannel listening;
  private SocketChannel channel;
  private long missing;
  private long askedAt;
  private long received;

  /**
   * A guest that is not connected.
   *
   * @param classIndex its class
   * @param meanPauseNanos how long it pauses while paced, on average
   */
  Guest(int classIndex, double meanPauseNanos) {
    this.classIndex = classIndex;
    this.meanPauseNanos = meanPauseNanos;
  }

  /** Connects to the daemon. */
  void connect(Crowd crowd, Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    crowd.register(channel, SelectionKey.OP_READ, this);
  }

  /** Waits for the daemon to connect, as QEMU does with {@code server=on,wait=off}. */
  void listen(Crowd crowd, Path socket) throws IOException {
    listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listening.bind(UnixDomainSocketAddress.of(socket), 1);
    crowd.register(listening, SelectionKey.OP_ACCEPT, this);
    // What it asked for before anybody listened is lost, and comes all the same.
    missing = USUAL_BYTES;
    askedAt = System.nanoTime();
    crowd.waiting++;
  }

  int classIndex() {
    return classIndex;
  }

  boolean isConnected() {
    return channel != null && channel.isOpen();
  }

  long received() {
    return received;
  }

  /** Asks for something now, unless it waits already. */
  void ask(Crowd crowd) throws IOException {
    if (missing > 0 || !channel.isOpen()) {
      return;
    }
    int dice = crowd.random().nextInt(100);
    int wanted = dice < 90 ? USUAL_BYTES : dice < 97 ? COMMAND_BYTES : LARGE_BYTES;
    COMMANDS.clear();
    for (int left = wanted; left > 0; left -= COMMAND_BYTES) {
      COMMANDS.put((byte) 2).put((byte) Math.min(left, COMMAND_BYTES));
    }
    missing = wanted;
    askedAt = System.nanoTime();
    crowd.waiting++;
    if (channel.write(COMMANDS.flip()) < COMMANDS.limit()) {
      throw new IOException("the daemon left ten bytes of commands unread");
    }
  }

  /** Asks after a pause. */
  void pause(Crowd crowd) {
    double share = -Math.log(1 - crowd.random().nextDouble());
    crowd.plan((long) (share * meanPauseNanos), this);
  }

  @Override
  public void tick(Crowd crowd) throws IOException {
    if (crowd.mood() == Crowd.Mood.PACED) {
      ask(crowd);
    }
  }

  @Override
  public void ready(Crowd crowd) throws IOException {
    if (channel == null) {
      channel = listening.accept();
      if (channel != null) {
        crowd.register(channel, SelectionKey.OP_READ, this);
      }
      return;
    }
    int n = channel.read(crowd.in());
    if (n < 0) {
      crowd.lost++;
      channel.close();
      return;
    }
    received += n;
    missing -= n;
    if (missing <= 0 && n > 0) {
      crowd.took(classIndex, System.nanoTime() - askedAt);
      crowd.waiting--;
      next(crowd);
    }
  }

  private void next(Crowd crowd) throws IOException {
    switch (crowd.mood()) {
      case THIRSTY -> ask(crowd);
      case PACED -> pause(crowd);
      case CONTENT -> {
        // It has what it asked for.
      }
    }
  }
}

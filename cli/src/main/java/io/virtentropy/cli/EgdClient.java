package io.virtentropy.cli;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.egd.protocol.EgdLayout;
import io.virtentropy.backends.egd.protocol.EgdReplyDecoder;
import io.virtentropy.backends.egd.protocol.EgdReplyDecoder.Item;
import io.virtentropy.backends.egd.protocol.EgdRequests;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Timer;
import java.util.TimerTask;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A client for one question on the command line: it waits. */
final class EgdClient implements Closeable {
  /** Reads under way at a time: enough to keep a server busy, 4 KiB. */
  private static final int WINDOW = 16;

  /** Takes bytes as they come; they are wiped afterwards. */
  interface Taker {
    void take(byte[] bytes, int length) throws IOException;
  }

  private final EgdPlace place;
  private final Closeable connection;
  private final InputStream in;
  private final OutputStream out;
  private final int timeoutSeconds;
  private final Timer timer = new Timer("virtentropy-timeout", true);
  private final EgdReplyDecoder decoder = new EgdReplyDecoder(WINDOW);
  private final byte[] chunk = new byte[WINDOW * EgdLayout.MAX_COUNT];
  private final ByteBuf received = Unpooled.wrappedBuffer(chunk).setIndex(0, 0);
  private volatile boolean late;

  private EgdClient(
      EgdPlace place, Closeable connection, InputStream in, OutputStream out, int timeoutSeconds) {
    this.place = place;
    this.connection = connection;
    this.in = in;
    this.out = out;
    this.timeoutSeconds = timeoutSeconds;
    if (timeoutSeconds > 0) {
      timer.schedule(
          new TimerTask() {
            @Override
            public void run() {
              late = true;
              closeQuietly();
            }
          },
          timeoutSeconds * 1000L);
    }
  }

  static EgdClient connect(EgdPlace place, SSLContext tls, int timeoutSeconds) throws IOException {
    try {
      if (place instanceof EgdPlace.Unix unix) {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(unix.path()));
        return new EgdClient(
            place,
            channel,
            Channels.newInputStream(channel),
            Channels.newOutputStream(channel),
            timeoutSeconds);
      }
      EgdPlace.Tcp tcp = (EgdPlace.Tcp) place;
      Socket socket = new Socket();
      socket.connect(tcp.address(), timeoutSeconds * 1000);
      socket.setTcpNoDelay(true);
      if (tls != null) {
        socket = encrypt(socket, tcp, tls);
      }
      return new EgdClient(
          place, socket, socket.getInputStream(), socket.getOutputStream(), timeoutSeconds);
    } catch (IOException e) {
      throw new IOException("no EGD server can be reached at " + place + ": " + e.getMessage(), e);
    }
  }

  private static Socket encrypt(Socket socket, EgdPlace.Tcp tcp, SSLContext tls)
      throws IOException {
    SSLSocket encrypted =
        (SSLSocket) tls.getSocketFactory().createSocket(socket, tcp.host(), tcp.port(), true);
    SSLParameters parameters = encrypted.getSSLParameters();
    parameters.setProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    encrypted.setSSLParameters(parameters);
    encrypted.startHandshake();
    return encrypted;
  }

  /** How many bits the server believes to have. */
  long level() throws IOException {
    ByteBuf command = Unpooled.buffer();
    EgdRequests.level(command);
    decoder.expectLevel();
    send(command);
    await();
    return decoder.level();
  }

  /** What the server says its process number is. */
  String pid() throws IOException {
    ByteBuf command = Unpooled.buffer();
    EgdRequests.pid(command);
    decoder.expectPid();
    send(command);
    await();
    return decoder.pidText().strip();
  }

  /** Reads that many bytes, however long it takes. */
  void read(long count, Taker taker) throws IOException {
    long unasked = count;
    long left = count;
    while (left > 0) {
      ByteBuf commands = Unpooled.buffer();
      while (unasked > 0 && decoder.expected() < WINDOW) {
        int part = (int) Math.min(unasked, EgdLayout.MAX_COUNT);
        EgdRequests.blockingRead(commands, part);
        decoder.expectBlockingRead(part);
        unasked -= part;
      }
      send(commands);
      left -= takeRead(taker);
    }
  }

  /** Reads what there is now, up to so many bytes; gives how many there were. */
  long poll(long count, Taker taker) throws IOException {
    long got = 0;
    while (got < count) {
      int part = (int) Math.min(count - got, EgdLayout.MAX_COUNT);
      ByteBuf command = Unpooled.buffer();
      EgdRequests.nonBlockingRead(command, part);
      decoder.expectNonBlockingRead(part);
      send(command);
      int taken = takeRead(taker);
      if (taken == 0) {
        break;
      }
      got += taken;
    }
    return got;
  }

  /** Takes the bytes of the first read that is under way. */
  private int takeRead(Taker taker) throws IOException {
    byte[] bytes = new byte[EgdLayout.MAX_COUNT];
    ByteBuffer target = ByteBuffer.wrap(bytes);
    try {
      while (await() == Item.BYTES) {
        decoder.take(received, target, target.remaining());
      }
      taker.take(bytes, target.position());
      return target.position();
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private void send(ByteBuf commands) throws IOException {
    try {
      out.write(commands.array(), commands.arrayOffset(), commands.readableBytes());
      out.flush();
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private Item await() throws IOException {
    while (true) {
      Item item = decoder.next(received);
      if (item == Item.FAULT) {
        throw new IOException(place + " does not speak EGD: it sent " + decoder.fault().describe());
      }
      if (item != Item.NEED_MORE) {
        return item;
      }
      int n;
      try {
        n = in.read(chunk);
      } catch (IOException e) {
        throw broken(e);
      }
      if (n < 0) {
        throw new IOException("the EGD server at " + place + " closed the connection");
      }
      received.setIndex(0, n);
    }
  }

  private IOException broken(IOException e) {
    if (late) {
      return new IOException(
          "no answer from " + place + " within " + timeoutSeconds + " s (--timeout)", e);
    }
    return new IOException("the connection to " + place + " broke: " + e.getMessage(), e);
  }

  private void closeQuietly() {
    try {
      connection.close();
    } catch (IOException e) {
      System.getLogger(EgdClient.class.getName())
          .log(System.Logger.Level.DEBUG, "closing the connection to " + place, e);
    }
  }

  @Override
  public void close() {
    timer.cancel();
    Arrays.fill(chunk, (byte) 0);
    closeQuietly();
  }
}

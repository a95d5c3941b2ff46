package io.virtentropy.backends.egd.tls;

import io.virtentropy.backends.Wipe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.Principal;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * TLS around a socket that does not block, by the JDK's engine, on either side. The handshake's
 * computations, some milliseconds for each connection, run on the calling thread unless {@link
 * #computeBy} names another.
 *
 * <pre>
 *   socket ──▶ received ──▶ engine ──▶ clear ──▶ target
 *   socket ◀── sealed   ◀── engine ◀──────────── source
 * </pre>
 *
 * <p>What has been decrypted is wiped as it is taken; what the JDK's engine copies inside itself is
 * out of reach. Used by one thread, the computations apart.
 */
public final class TlsStream {
  private static final Pattern ALERT = Pattern.compile("^\\([a-z_]+\\) ");

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final SocketChannel channel;
  private final SSLEngine engine;

  /** Records as they came, ready to be read from. */
  private final ByteBuffer received;

  /** What was unwrapped and not taken, ready to be read from. */
  private final ByteBuffer clear;

  /** Records to be sent, ready to be read from. */
  private final ByteBuffer sealed;

  private Consumer<Runnable> worker;
  private volatile boolean computing;
  private boolean ready;
  private boolean ended;

  /**
   * Begins a handshake, of which nothing is sent yet.
   *
   * @param channel in non-blocking mode; stays the caller's
   * @param engine with its mode and parameters set
   * @throws SSLException if the engine can't begin
   */
  public TlsStream(SocketChannel channel, SSLEngine engine) throws SSLException {
    this.channel = channel;
    this.engine = engine;
    int packet = engine.getSession().getPacketBufferSize();
    received = ByteBuffer.allocate(packet).limit(0);
    clear = ByteBuffer.allocateDirect(engine.getSession().getApplicationBufferSize()).limit(0);
    sealed = ByteBuffer.allocate(2 * packet).limit(0);
    engine.beginHandshake();
  }

  /**
   * Has computations done elsewhere. Until one is done, reads and writes move nothing.
   *
   * @param elsewhere runs what it is given on another thread, and then has {@link #read} called
   */
  public void computeBy(Consumer<Runnable> elsewhere) {
    worker = elsewhere;
  }

  /**
   * Says whether something is being computed elsewhere.
   *
   * @return whether reads and writes move nothing for that reason
   */
  public boolean isComputing() {
    return computing;
  }

  /**
   * Reads what is there, and goes on with the handshake.
   *
   * @param target may have no room, for the handshake only
   * @return how many bytes, 0 if none, -1 if the peer sends no more
   * @throws IOException if the connection is broken, or the peer refused
   */
  public int read(ByteBuffer target) throws IOException {
    while (true) {
      if (clear.hasRemaining()) {
        return take(target);
      }
      flush();
      if (computing) {
        return 0;
      }
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> {
          if (worker != null) {
            compute();
            return 0;
          }
          runTasks();
        }
        case NEED_WRAP -> {
          if (!wrap(NOTHING)) {
            return 0; // what is sealed already has to be sent first
          }
        }
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN, NOT_HANDSHAKING, FINISHED -> {
          if (ended) {
            return -1;
          }
          if (!unwrap()) {
            return ended ? -1 : 0;
          }
        }
      }
    }
  }

  private int take(ByteBuffer target) {
    int part = Math.min(target.remaining(), clear.remaining());
    int from = clear.position();
    target.put(target.position(), clear, from, part).position(target.position() + part);
    Wipe.range(clear, from, part);
    clear.position(from + part);
    return part;
  }

  private void compute() {
    computing = true;
    worker.accept(
        () -> {
          try {
            runTasks();
          } finally {
            computing = false;
          }
        });
  }

  private void runTasks() {
    Runnable task;
    while ((task = engine.getDelegatedTask()) != null) {
      task.run();
    }
  }

  /** Reads on; false if nothing came of it. */
  private boolean unwrap() throws IOException {
    while (true) {
      SSLEngineResult result = engine.unwrap(received, clear.clear());
      clear.flip();
      noteHandshake(result);
      switch (result.getStatus()) {
        case OK -> {
          return true;
        }
        case CLOSED -> {
          ended = true;
          return false;
        }
        case BUFFER_UNDERFLOW -> {
          int n = channel.read(received.compact());
          received.flip();
          if (n < 0) {
            // Without a close_notify somebody may have cut the stream; for EGD, whose replies have
            // known lengths, that is an end like another.
            ended = true;
            return false;
          }
          if (n == 0) {
            return false;
          }
        }
        case BUFFER_OVERFLOW -> throw new SSLException("a record larger than TLS allows");
      }
    }
  }

  /**
   * Writes what can be written; what is left stays in the buffer.
   *
   * @param source what to write; nothing of it before the handshake is over
   * @throws IOException if the connection is broken
   */
  public void write(ByteBuffer source) throws IOException {
    flush();
    while (source.hasRemaining() && ready && !computing && wrap(source)) {
      flush();
    }
  }

  /** Seals one record; false if there is no room for it. */
  private boolean wrap(ByteBuffer source) throws IOException {
    if (sealed.capacity() - sealed.remaining() < engine.getSession().getPacketBufferSize()) {
      return false;
    }
    sealed.compact();
    try {
      SSLEngineResult result = engine.wrap(source, sealed);
      noteHandshake(result);
      if (result.getStatus() == SSLEngineResult.Status.CLOSED && source.hasRemaining()) {
        throw new SSLException("the connection's encryption was closed");
      }
    } finally {
      sealed.flip();
    }
    flush();
    return true;
  }

  private void noteHandshake(SSLEngineResult result) {
    if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
      ready = true;
    }
  }

  /**
   * Sends what is encrypted already, as far as the socket takes it.
   *
   * @throws IOException if the connection is broken
   */
  public void flush() throws IOException {
    if (sealed.hasRemaining()) {
      int written = channel.write(sealed);
      assert written >= 0;
    }
  }

  /**
   * Says whether something encrypted waits to be sent.
   *
   * @return whether {@link #flush} has work to do
   */
  public boolean hasOutput() {
    return sealed.hasRemaining();
  }

  /**
   * Says whether a read may bring bytes though the socket has none.
   *
   * @return whether something was received and not taken
   */
  public boolean hasInput() {
    return clear.hasRemaining() || (ready && received.hasRemaining() && !ended);
  }

  /**
   * Says whether the handshake is over.
   *
   * @return whether bytes can be read and written
   */
  public boolean isReady() {
    return ready;
  }

  /**
   * Says which side this is.
   *
   * @return whether it is the side that connects
   */
  public boolean isClient() {
    return engine.getUseClientMode();
  }

  /**
   * Says who the peer's certificate says it is.
   *
   * @return null before the handshake is over, or if there is no certificate
   */
  public Principal certified() {
    try {
      return ready ? engine.getSession().getPeerPrincipal() : null;
    } catch (SSLPeerUnverifiedException e) {
      return null; // it sent no certificate, which was not asked for
    }
  }

  /**
   * Tells the peer that this is the end, or why its handshake failed, as far as can be told without
   * waiting, and wipes what was not taken.
   *
   * @throws IOException if the connection is broken
   */
  public void shutDown() throws IOException {
    if (!computing) { // else the engine is busy, and the other side has to do without a word
      engine.closeOutbound();
      while (!engine.isOutboundDone() && wrap(NOTHING)) {
        flush();
      }
    }
    Wipe.range(clear.clear(), 0, clear.capacity());
    clear.limit(0);
  }

  /**
   * Says why a connection failed, with TLS or without.
   *
   * @param failure what was thrown
   * @return its message, without the name of the alert that some JDKs put before it (17.0.19 does,
   *     17.0.15 does not); the exception's name if it has none
   */
  public static String describe(IOException failure) {
    String message = failure.getMessage();
    if (message == null) {
      return failure.getClass().getSimpleName();
    }
    return failure instanceof SSLException ? ALERT.matcher(message).replaceFirst("") : message;
  }
}

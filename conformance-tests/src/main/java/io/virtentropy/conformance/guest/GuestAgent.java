package io.virtentropy.conformance.guest;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The host's side of the guest agent's protocol: one command per line, answered by {@code
 * key=value} lines, at most one block of raw bytes, and {@code ok} or {@code error TEXT}. See
 * {@code conformance-tests/guest/README.md}.
 *
 * <p>Calls block until the guest answers; closing the agent or killing QEMU ends them.
 */
public final class GuestAgent implements AutoCloseable {

  /**
   * An answer.
   *
   * @param values the {@code key=value} lines
   * @param bytes the raw block, empty if there was none
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over once; nobody compares two of them
  public record Reply(Map<String, String> values, byte[] bytes) {
    /**
     * One of the values.
     *
     * @param key its key
     * @return the value
     * @throws IllegalStateException if the guest did not say
     */
    public String value(String key) {
      String value = values.get(key);
      if (value == null) {
        throw new IllegalStateException("the guest said nothing of " + key + ": " + values);
      }
      return value;
    }
  }

  private final SocketChannel channel;
  private final InputStream in;

  private GuestAgent(SocketChannel channel) {
    this.channel = channel;
    this.in = new BufferedInputStream(Channels.newInputStream(channel));
  }

  /** Waits for QEMU's socket, then for the agent's greeting. */
  static GuestAgent connect(Path control, Process qemu) throws IOException {
    GuestAgent agent = new GuestAgent(awaitSocket(control, qemu));
    agent.awaitGreeting();
    return agent;
  }

  private static SocketChannel awaitSocket(Path control, Process qemu) throws IOException {
    try (WatchService created = control.getFileSystem().newWatchService()) {
      control.toAbsolutePath().getParent().register(created, StandardWatchEventKinds.ENTRY_CREATE);
      while (true) {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
          channel.connect(UnixDomainSocketAddress.of(control));
          return channel;
        } catch (IOException e) {
          channel.close();
          if (!qemu.isAlive()) {
            throw new IOException("QEMU ended with " + qemu.exitValue(), e);
          }
        }
        // Wakes when a file appears; the limit is for the moment between QEMU's bind and its
        // listen,
        // and for a QEMU that ends without making anything.
        WatchKey key = created.poll(50, TimeUnit.MILLISECONDS);
        if (key != null) {
          key.reset();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while QEMU started", e);
    }
  }

  private void awaitGreeting() throws IOException {
    String line;
    do {
      line = readLine();
    } while (!line.startsWith("ready "));
  }

  /**
   * Reads from {@code /dev/hwrng}, opened once.
   *
   * @param size bytes asked for per read
   * @param count how many reads
   * @return what the guest got, in order
   * @throws IOException if the guest reports an error or is gone
   */
  public Reply read(int size, int count) throws IOException {
    return call("read " + size + " " + count);
  }

  /**
   * Reads from {@code /dev/hwrng} and throws the bytes away.
   *
   * @param bytes how many
   * @param size bytes asked for per read
   * @return the milliseconds it took, on the guest's clock
   * @throws IOException if the guest reports an error or is gone
   */
  public long drain(long bytes, int size) throws IOException {
    return Long.parseLong(call("drain " + bytes + " " + size).value("ms"));
  }

  /**
   * Asks for the state of the driver.
   *
   * @return what the guest knows
   * @throws IOException if the guest reports an error or is gone
   */
  public Reply status() throws IOException {
    return call("status");
  }

  /**
   * Unbinds the driver from its device.
   *
   * @throws IOException if the guest reports an error or is gone
   */
  public void unbind() throws IOException {
    call("unbind");
  }

  /**
   * Binds the driver to its device.
   *
   * @throws IOException if the guest reports an error or is gone
   */
  public void bind() throws IOException {
    call("bind");
  }

  /**
   * Sends a command and waits for the answer.
   *
   * @param command one line
   * @return the answer
   * @throws IOException if the guest reports an error or is gone
   */
  public Reply call(String command) throws IOException {
    send(command);
    return receive();
  }

  /**
   * Sends a command without waiting, for one that blocks until the test has done something.
   *
   * @param command one line
   * @throws IOException if QEMU is gone
   */
  public void send(String command) throws IOException {
    ByteBuffer line = ByteBuffer.wrap((command + "\n").getBytes(StandardCharsets.US_ASCII));
    while (line.hasRemaining()) {
      channel.write(line);
    }
  }

  /**
   * Waits for the answer to a command that was sent.
   *
   * @return the answer
   * @throws IOException if the guest reports an error or is gone
   */
  public Reply receive() throws IOException {
    Map<String, String> values = new LinkedHashMap<>();
    byte[] bytes = {};
    while (true) {
      String line = readLine();
      if (line.equals("ok")) {
        return new Reply(values, bytes);
      }
      if (line.startsWith("error ")) {
        throw new IOException("the guest reports: " + line.substring("error ".length()));
      }
      if (line.startsWith("data ")) {
        bytes = readBlock(Integer.parseInt(line.substring("data ".length())));
      } else if (!line.startsWith("ready ")) {
        int equals = line.indexOf('=');
        if (equals < 0) {
          throw new IOException("the guest's agent said '" + line + "'");
        }
        values.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
  }

  private byte[] readBlock(int length) throws IOException {
    byte[] block = in.readNBytes(length);
    if (block.length != length) {
      throw new EOFException("the guest sent " + block.length + " bytes of " + length);
    }
    int end = in.read();
    if (end != '\n') {
      throw new IOException("a block of the guest's ends with " + end);
    }
    return block;
  }

  private String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException("the guest is gone, after '" + line + "'");
      }
      if (next == '\n') {
        return line.toString(StandardCharsets.US_ASCII);
      }
      line.write(next);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

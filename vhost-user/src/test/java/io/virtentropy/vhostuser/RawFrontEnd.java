package io.virtentropy.vhostuser;

import io.virtentropy.vhostuser.linux.DescriptorBatch;
import io.virtentropy.vhostuser.linux.DescriptorsLostException;
import io.virtentropy.vhostuser.linux.MessageSocket;
import io.virtentropy.vhostuser.linux.NativeBuffer;
import io.virtentropy.vhostuser.linux.SystemCallException;
import io.virtentropy.vhostuser.linux.UnixSocket;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/** Sends bytes as they are. */
final class RawFrontEnd implements AutoCloseable {
  private static final int ROOM = 1 << 16;

  private final MessageSocket socket;
  private final NativeBuffer out = new NativeBuffer(ROOM);
  private final NativeBuffer in = new NativeBuffer(ROOM);

  RawFrontEnd(Path path) {
    try {
      socket = new MessageSocket(UnixSocket.connect(path), 16);
    } catch (SystemCallException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] message(int request, int flags, int size, byte... payload) {
    return ByteBuffer.allocate(12 + payload.length)
        .order(ByteOrder.nativeOrder())
        .putInt(request)
        .putInt(flags)
        .putInt(size)
        .put(payload)
        .array();
  }

  static byte[] u64(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value).array();
  }

  /** False if the other side has closed the connection. */
  boolean send(byte[] bytes, int... descriptors) {
    out.bytes().put(0, bytes);
    try {
      return socket.send(out, 0, bytes.length, descriptors) == bytes.length;
    } catch (SystemCallException e) {
      return false;
    }
  }

  /** What has come so far. */
  byte[] received() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DescriptorBatch none = new DescriptorBatch(16)) {
      int n;
      while ((n = socket.receive(in, 0, ROOM, none)) > 0) {
        byte[] part = new byte[n];
        in.bytes().get(0, part);
        bytes.writeBytes(part);
      }
    } catch (SystemCallException | DescriptorsLostException e) {
      // The other side has closed the connection without reading everything.
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    socket.close();
  }
}

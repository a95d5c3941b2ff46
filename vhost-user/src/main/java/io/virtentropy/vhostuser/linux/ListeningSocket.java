package io.virtentropy.vhostuser.linux;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A socket that listens at a path of the file system, and takes the path away again.
 *
 * <p>A socket left behind by a process that is gone is replaced; one at which somebody listens, and
 * anything that is no socket, is left alone.
 */
public final class ListeningSocket implements AutoCloseable {
  private static final int BACKLOG = 8;

  private final Path path;
  private final Descriptor socket;
  private final FileStatus created;

  private ListeningSocket(Path path, Descriptor socket, FileStatus created) {
    this.path = path;
    this.socket = socket;
    this.created = created;
  }

  /**
   * Listens.
   *
   * @param path where
   * @return the socket
   * @throws IOException with one clear sentence if that can't be
   */
  public static ListeningSocket at(Path path) throws IOException {
    removeLeftover(path);
    Descriptor socket = UnixSocket.listen(path, BACKLOG);
    try {
      return new ListeningSocket(path, socket, FileStatus.at(path));
    } catch (SystemCallException e) {
      socket.close();
      throw e;
    }
  }

  private static void removeLeftover(Path path) throws IOException {
    FileStatus there;
    try {
      there = FileStatus.at(path);
    } catch (SystemCallException e) {
      if (e.errno() == Errno.ENOENT) {
        return;
      }
      throw e;
    }
    if (!there.isSocket()) {
      throw new IOException(path + " exists and is not a socket; it is left alone");
    }
    try (Descriptor answering = UnixSocket.connect(path)) {
      throw new IOException("another process listens at " + path + " (found by " + answering + ")");
    } catch (SystemCallException e) {
      if (e.errno() == Errno.EAGAIN) {
        throw new IOException("another process listens at " + path, e);
      }
      if (e.errno() != Errno.ECONNREFUSED) {
        throw e;
      }
    }
    if (Libc.unlink(path.toString()) < 0 && Libc.errno() != Errno.ENOENT) {
      throw SystemCallException.last("unlink", path.toString());
    }
  }

  /**
   * The socket, to wait on and to accept from.
   *
   * @return the descriptor; it stays this object's
   */
  public Descriptor descriptor() {
    return socket;
  }

  /** Stops listening and removes the path, unless somebody else's socket is there by now. */
  @Override
  public void close() {
    try {
      if (FileStatus.at(path).isSameFile(created)) {
        // A path that can't be removed is a leftover that the next start replaces.
        int ignored = Libc.unlink(path.toString());
        assert ignored <= 0;
      }
    } catch (SystemCallException e) {
      // Gone already.
    } finally {
      socket.close();
    }
  }
}

package io.virtentropy.backends.egd.server;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * A Unix socket that listens at a path, with the mode it is to have from the first moment on: it is
 * made in a folder that nobody else can enter, and moved to its place when it is ready.
 *
 * <p>A socket left behind by a process that is gone is replaced; one at which somebody listens, and
 * anything that is no socket, is left alone.
 */
public final class UnixSocketFile implements AutoCloseable {
  /** Linux: {@code sun_path} has 108 bytes, the last of them 0. */
  static final int MAX_PATH_BYTES = 107;

  /** Names of such a folder that may be taken already. */
  private static final int ATTEMPTS = 100;

  private final Path path;
  private final Object identity;

  private UnixSocketFile(Path path, Object identity) {
    this.path = path;
    this.identity = identity;
  }

  /** Makes a socket that listens. */
  public interface Binding {
    /**
     * Binds a socket and listens.
     *
     * @param path where; the socket is moved from there to its place
     * @throws IOException if that can't be done
     */
    void bind(Path path) throws IOException;
  }

  static Listening.Bound listen(Path path, UnixSocketAccess access) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    boolean listening = false;
    try {
      UnixSocketFile file =
          place(
              path,
              access,
              made -> channel.bind(UnixDomainSocketAddress.of(made), Listening.BACKLOG));
      listening = true;
      return new Listening.Bound(channel, "unix:" + path, file::close);
    } finally {
      if (!listening) {
        channel.close();
      }
    }
  }

  /**
   * Puts a listening socket in its place.
   *
   * @param path where it is to be
   * @param access its mode and owner
   * @param binding makes it
   * @return the file, which is removed when this is closed, if it is still the one that was put
   *     there
   * @throws IOException with one sentence if the place is taken, or the socket can't be made
   */
  public static UnixSocketFile place(Path path, UnixSocketAccess access, Binding binding)
      throws IOException {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > MAX_PATH_BYTES) {
      throw new IOException(
          "the socket path '"
              + path
              + "' has "
              + length
              + " bytes; 1 to "
              + MAX_PATH_BYTES
              + " are accepted");
    }
    refuseOccupied(path);
    try {
      Path folder = privateFolder(path);
      Path made = folder.resolve("s");
      try {
        binding.bind(made);
        // Links are followed because a socket can't be opened; nobody can put one there.
        PosixFileAttributeView file =
            Files.getFileAttributeView(made, PosixFileAttributeView.class);
        if (access.owner().isPresent()) {
          file.setOwner(access.owner().get());
        }
        if (access.group().isPresent()) {
          file.setGroup(access.group().get());
        }
        file.setPermissions(access.mode());
        Files.move(made, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(made);
        Files.deleteIfExists(folder);
      }
      return new UnixSocketFile(path, identity(path));
    } catch (UnsupportedOperationException e) {
      throw new IOException("this system can't give a socket a mode or an owner", e);
    }
  }

  private static void refuseOccupied(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .isOther()) {
      throw new IOException(path + " exists and is not a socket; it is left alone");
    }
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false);
      boolean connected = probe.connect(UnixDomainSocketAddress.of(path));
      throw new OccupiedException(
          "another process listens at " + path + (connected ? "" : ", and is busy"));
    } catch (OccupiedException e) {
      throw e;
    } catch (IOException e) {
      // Nobody listens there, or it is no socket at all: then the mode in its place tells.
      if (!isSocket(path)) {
        throw new IOException(path + " exists and is not a socket; it is left alone", e);
      }
    }
  }

  private static boolean isSocket(Path path) throws IOException {
    int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    return (mode & 0170000) == 0140000; // S_IFMT, S_IFSOCK
  }

  private static Path privateFolder(Path path) throws IOException {
    FileAlreadyExistsException taken = null;
    for (int i = 0; i < ATTEMPTS; i++) {
      String name = ".e" + UUID.randomUUID().toString().substring(0, 4);
      try {
        return Files.createDirectory(
            path.resolveSibling(name),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } catch (FileAlreadyExistsException e) {
        taken = e; // another server's, which starts at this moment or died at it
      } catch (IOException e) {
        throw new IOException(
            "no socket can be made in the folder of " + path + ": " + words(e), e);
      }
    }
    throw new IOException("no name for a folder beside " + path + " is free", taken);
  }

  private static String words(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return "there is no such folder";
    }
    return e.getClass().getSimpleName().replace("Exception", "") + " " + e.getMessage();
  }

  private static Object identity(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
        .fileKey();
  }

  /** Removes the path, unless somebody else's socket is there by now. */
  @Override
  public void close() {
    try {
      if (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && identity.equals(identity(path))) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // A leftover that the next start replaces.
      System.getLogger(UnixSocketFile.class.getName())
          .log(System.Logger.Level.DEBUG, "the socket " + path + " stays behind", e);
    }
  }

  /** Somebody listens already. */
  private static final class OccupiedException extends IOException {
    private static final long serialVersionUID = 1L;

    OccupiedException(String message) {
      super(message);
    }
  }
}

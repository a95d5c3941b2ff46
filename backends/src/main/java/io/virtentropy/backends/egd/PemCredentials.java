package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * A directory of keys and certificates that are renewed while it is in use. It is read as {@link
 * PemContext} does, and again when one of its files has changed; what was handed out before stays
 * as it was.
 *
 * <p>Files are replaced one after the other, so what has just changed may not fit together yet.
 * What can't be used is not used in part, and nobody is told before the next look finds it so too:
 * until then, and for as long as it stays so, what was read last is what there is.
 *
 * <p>Belongs to one thread at a time. Reading anew takes that thread some milliseconds.
 */
public final class PemCredentials implements Supplier<SSLContext> {
  /** The least time between two looks at the files, in nanoseconds. */
  public static final long LOOK_NANOS = 1_000_000_000L;

  private final Path directory;
  private final boolean server;
  private final TlsPeers peers;
  private final NanoClock clock;
  private final Consumer<String> trouble;
  private SSLContext context;
  private List<Stamp> read;
  private long lookedAt;

  /** Whether what was read was found unchanged since: two changes may bear the same time. */
  private boolean settled;

  /** What tells a file from the one that was there before. */
  private record Stamp(boolean exists, Object node, FileTime modified, long size) {
    static final Stamp NONE = new Stamp(false, null, FileTime.fromMillis(0), 0);

    static Stamp of(Path file) {
      try {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        return new Stamp(true, found.fileKey(), found.lastModifiedTime(), found.size());
      } catch (IOException e) {
        return NONE; // reading it will say why
      }
    }
  }

  private PemCredentials(
      Path directory, boolean server, TlsPeers peers, NanoClock clock, Consumer<String> trouble) {
    this.directory = directory;
    this.server = server;
    this.peers = peers;
    this.clock = Objects.requireNonNull(clock, "clock");
    this.trouble = Objects.requireNonNull(trouble, "trouble");
    this.read = stamps();
    this.context = PemContext.load(directory, server, peers);
    this.lookedAt = clock.nanoTime();
  }

  /**
   * Reads a directory for the first time.
   *
   * @param directory the directory
   * @param server whether the own side is the one connected to
   * @param peers who may be at the other side
   * @param clock the clock of looks
   * @param trouble is told in one sentence when what has changed is no good, once for each change
   * @return what it holds, now and later
   * @throws EntropySourceException with one clear sentence if something is missing or no good
   */
  public static PemCredentials open(
      Path directory, boolean server, TlsPeers peers, NanoClock clock, Consumer<String> trouble) {
    return new PemCredentials(directory, server, peers, clock, trouble);
  }

  /**
   * What to begin a handshake with.
   *
   * @return keys and trust, as the files had them {@link #LOOK_NANOS} ago or later; of those that
   *     were good, should the files not be
   */
  @Override
  public SSLContext get() {
    long now = clock.nanoTime();
    if (now - lookedAt >= LOOK_NANOS) {
      lookedAt = now;
      look();
    }
    return context;
  }

  private void look() {
    List<Stamp> found = stamps(); // before they are read: what changes meanwhile is read again
    boolean again = found.equals(read);
    if (again && settled) {
      return;
    }
    read = found;
    settled = again;
    try {
      context = PemContext.load(directory, server, peers);
    } catch (RuntimeException e) {
      // Also what nobody thought of in a file that is half written: others are being served.
      if (again) {
        trouble.accept(e.getMessage() + "; what was read before is used until that is mended");
      }
    }
  }

  private List<Stamp> stamps() {
    List<Stamp> stamps = new ArrayList<>();
    PemContext.files(directory, server).forEach(file -> stamps.add(Stamp.of(file)));
    return stamps;
  }
}

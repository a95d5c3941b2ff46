package io.virtentropy.distribution.registry;

import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.PoolXmlFormatter;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.registry.PoolException.Reason;
import io.virtentropy.distribution.xml.InvalidXmlException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Definitions as files, one for each pool, laid out as libvirt lays out its own: {@code NAME.xml},
 * and a link of that name in {@code autostart/} for those that start with the daemon.
 *
 * <p>A file is written beside its place, forced to the disk, and renamed; then the directory is
 * forced. So each is whole at any moment. One that can't be used is reported and left alone.
 */
public final class DirectoryStore implements PoolStore {
  private static final String SUFFIX = ".xml";
  private static final String NEW_SUFFIX = ".xml.new";

  private final Path directory;
  private final Path autostart;
  private final PoolXmlParser parser;

  /**
   * Opens a directory, and makes it if it is missing.
   *
   * @param directory where definitions are
   * @throws PoolException if it can't be made
   */
  public DirectoryStore(Path directory) {
    this.directory = directory;
    this.autostart = directory.resolve("autostart");
    this.parser =
        new PoolXmlParser(
            () -> {
              throw new MissingUuidException();
            });
    try {
      Files.createDirectories(autostart);
    } catch (IOException e) {
      throw failed("make the directory " + autostart, e);
    }
  }

  /** A definition that we wrote has a UUID; one made at each start would be no identity. */
  private static final class MissingUuidException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @Override
  public Contents load() {
    List<Stored> pools = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : files) {
        load(file, pools, problems);
      }
    } catch (IOException e) {
      throw failed("read the directory " + directory, e);
    }
    pools.sort((a, b) -> a.definition().name().compareTo(b.definition().name()));
    return new Contents(pools, problems);
  }

  private void load(Path file, List<Stored> pools, List<String> problems) {
    PoolDefinition pool;
    try {
      pool = parser.parse(file.toString(), Files.readString(file));
    } catch (InvalidXmlException e) {
      problems.add(e.getMessage());
      return;
    } catch (MissingUuidException e) {
      problems.add(file + ": the pool has no <uuid>, which is accepted from pool-define only");
      return;
    } catch (CharacterCodingException e) {
      problems.add(file + ": the file is not in UTF-8, which is what is accepted");
      return;
    } catch (IOException e) {
      problems.add(file + ": the file can't be read: " + words(e));
      return;
    }
    if (!file.getFileName().toString().equals(pool.name() + SUFFIX)) {
      problems.add(
          file + ": the pool is called '" + pool.name() + "', which the file's name must be too");
      return;
    }
    for (Stored other : pools) {
      if (other.definition().uuid().equals(pool.uuid())) {
        problems.add(
            file
                + ": pool '"
                + other.definition().name()
                + "' has the UUID "
                + pool.uuid()
                + " already");
        return;
      }
    }
    pools.add(new Stored(pool, Files.exists(link(pool), LinkOption.NOFOLLOW_LINKS)));
  }

  private Path file(PoolDefinition pool) {
    return named(directory, pool, SUFFIX);
  }

  private Path link(PoolDefinition pool) {
    return named(autostart, pool, SUFFIX);
  }

  private static Path named(Path folder, PoolDefinition pool, String suffix) {
    try {
      return folder.resolve(pool.name() + suffix);
    } catch (InvalidPathException e) {
      throw new PoolException(
          Reason.STORE_FAILED,
          "the name '"
              + pool.name()
              + "' can't be that of a file in this process's locale, whose encoding is "
              + System.getProperty("sun.jnu.encoding")
              + "; any name is accepted in a locale of UTF-8, such as LC_ALL=C.UTF-8",
          e);
    }
  }

  @Override
  public void save(PoolDefinition definition) {
    Path beside = named(directory, definition, NEW_SUFFIX);
    try {
      try (FileChannel out =
          FileChannel.open(
              beside,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer bytes =
            ByteBuffer.wrap(PoolXmlFormatter.format(definition).getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        out.force(true);
      }
      Files.move(beside, file(definition), StandardCopyOption.ATOMIC_MOVE);
      force(directory);
    } catch (IOException e) {
      throw failed("keep pool '" + definition.name() + "' in " + directory, e);
    }
  }

  @Override
  public void delete(PoolDefinition definition) {
    try {
      // The mark first: one that is left over would start a later pool of this name.
      Files.deleteIfExists(link(definition));
      force(autostart);
      Files.deleteIfExists(file(definition));
      force(directory);
    } catch (IOException e) {
      throw failed("remove pool '" + definition.name() + "' from " + directory, e);
    }
  }

  @Override
  public void setAutostart(PoolDefinition definition, boolean wanted) {
    Path link = link(definition);
    try {
      if (!wanted) {
        Files.deleteIfExists(link);
      } else if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
        Files.createSymbolicLink(link, Path.of("..", definition.name() + SUFFIX));
      }
      force(autostart);
    } catch (IOException e) {
      throw failed("mark pool '" + definition.name() + "' in " + autostart, e);
    }
  }

  /** A rename or removal is on the disk when its directory is. */
  private static void force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static PoolException failed(String what, IOException e) {
    return new PoolException(Reason.STORE_FAILED, "can't " + what + ": " + words(e), e);
  }

  private static String words(IOException e) {
    if (e instanceof NoSuchFileException) {
      return "no such file " + e.getMessage();
    }
    if (e instanceof AccessDeniedException) {
      return "permission denied for " + e.getMessage();
    }
    return e.toString();
  }
}

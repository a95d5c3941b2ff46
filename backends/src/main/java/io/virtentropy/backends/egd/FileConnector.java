package io.virtentropy.backends.egd;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Opens what is no socket: a pair of named pipes, a serial device. Opening may wait, so the thread
 * that is to read does it.
 *
 * <p>A file keeps what was written to it when it is closed. So whatever lies there when it is
 * opened is taken away: it answers what an earlier link had asked.
 */
final class FileConnector implements Connector {
  // POSIX sys/stat.h
  private static final int FORMAT_MASK = 0170000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int PIPE = 0010000;

  private final EgdLoop loop;
  private final EgdAddress address;

  /** The attempt under way; answers of others come too late. */
  private FileLink opening;

  FileConnector(EgdLoop loop, EgdAddress address) {
    this.loop = loop;
    this.address = address;
  }

  @Override
  public void connect(LinkEvents events) {
    FileLink link = new FileLink(loop, events);
    opening = link;
    Thread reader = loop.threads().newThread(() -> open(link, events));
    if (reader == null) {
      opening = null;
      events.failed("no thread to read in");
    } else {
      reader.start();
    }
  }

  /**
   * On the reading thread, which then goes on reading. A device is opened twice, because a channel
   * of the JDK's lets nobody write while somebody reads.
   */
  private void open(FileLink link, LinkEvents events) {
    try {
      FileChannel replies;
      FileChannel requests;
      if (address instanceof EgdAddress.Pipe pipe) {
        Path in = Path.of(pipe.path() + ".in");
        Path out = Path.of(pipe.path() + ".out");
        if (Files.exists(in) && Files.exists(out)) {
          replies = openReplies(in, true);
          requests = both(out);
        } else if (Files.exists(pipe.path())) {
          replies = openReplies(pipe.path(), false);
          requests = both(pipe.path());
        } else {
          throw new NoSuchFileException(in + " and " + out + ", and " + pipe.path());
        }
      } else if (address instanceof EgdAddress.Files files) {
        replies = openReplies(files.replies(), true);
        requests = both(files.requests());
      } else {
        Path device = ((EgdAddress.Device) address).path();
        replies = openReplies(device, false);
        requests = both(device);
      }
      link.opened(replies, requests);
    } catch (IOException e) {
      loop.execute(
          () -> {
            if (opening == link) {
              opening = null;
              link.close();
              events.failed(words(e));
            }
          });
      return;
    }
    loop.execute(
        () -> {
          if (opening == link) {
            opening = null;
            link.startWriting();
            events.opened(link);
          } else {
            link.close();
          }
        });
    link.read();
  }

  private static String words(IOException e) {
    return e instanceof NoSuchFileException
        ? e.getMessage() + " does not exist"
        : EgdSession.words(e);
  }

  /**
   * Opens where replies come from.
   *
   * @param apart whether requests go elsewhere; in a pipe we would read our own
   */
  private static FileChannel openReplies(Path path, boolean apart) throws IOException {
    int type = (int) Files.getAttribute(path, "unix:mode") & FORMAT_MASK;
    if (type != CHARACTER_DEVICE && !(type == PIPE && apart)) {
      throw new IOException(
          path
              + " is neither a character device"
              + (apart ? " nor a pipe" : "")
              + "; a file that can be read twice must not be a source");
    }
    FileChannel channel = both(path);
    try (FileInputStream stale = new FileInputStream(path.toFile())) {
      byte[] away = new byte[4096];
      while (stale.available() > 0) {
        int unused = stale.read(away);
      }
      java.util.Arrays.fill(away, (byte) 0);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    return channel;
  }

  /** As QEMU does: then neither opening nor reading depends on whether the other side is there. */
  private static FileChannel both(Path path) throws IOException {
    return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  @Override
  public void abort() {
    if (opening != null) {
      opening.close();
      opening = null;
    }
  }

  @Override
  public boolean listens() {
    return false;
  }
}

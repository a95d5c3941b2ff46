package io.virtentropy.backends;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A named pipe and somebody who writes to it. */
public final class Fifo implements AutoCloseable {
  /** Where it is. */
  public final Path path;

  private FileChannel writer;

  /** Makes one. */
  public Fifo(Path path) throws IOException, InterruptedException {
    this.path = path;
    Process made = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
    if (made.waitFor() != 0) {
      throw new IOException("mkfifo " + path + " exited with " + made.exitValue());
    }
  }

  /** Opens the pipe without waiting for a reader, and keeps what is written from being dropped. */
  public void openWriter() throws IOException {
    writer = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** Writes all of them. */
  public void write(byte[] bytes) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes);
    while (left.hasRemaining()) {
      writer.write(left);
    }
  }

  void closeWriter() throws IOException {
    if (writer != null) {
      writer.close();
      writer = null;
    }
  }

  @Override
  public void close() throws IOException {
    closeWriter();
    Files.deleteIfExists(path);
  }
}

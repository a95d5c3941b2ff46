package io.virtentropy.backends;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * A terminal in raw mode whose other end is ours: a character device that waits and can go away.
 */
public final class Pty implements AutoCloseable {
  /** The device. */
  public final Path path;

  private final Process script;
  private final OutputStream master;
  private final InputStream written;

  /** Makes one. */
  public Pty() throws IOException {
    script =
        new ProcessBuilder(
                "script", "-qec", "stty raw -echo; tty; exec tail -f /dev/null", "/dev/null")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    master = script.getOutputStream();
    written = script.getInputStream();
    String name = firstLine();
    if (!name.startsWith("/dev/")) {
      throw new IOException("script(1) did not name its terminal but said: " + name);
    }
    path = Path.of(name.strip());
  }

  /** Without reading ahead: what follows is what is written to the device. */
  private String firstLine() throws IOException {
    StringBuilder line = new StringBuilder();
    int next;
    while ((next = written.read()) >= 0 && next != '\n') {
      line.append((char) next);
    }
    return line.toString();
  }

  /** What is written to the device, as it comes. */
  public InputStream written() {
    return written;
  }

  /** Has the device deliver bytes. */
  public void write(byte[] bytes) throws IOException {
    master.write(bytes);
    master.flush();
  }

  /** Takes the device away. */
  @Override
  public void close() throws IOException {
    script.descendants().forEach(ProcessHandle::destroyForcibly);
    script.destroyForcibly();
    script.onExit().join();
  }
}

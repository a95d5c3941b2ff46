package io.virtentropy.backends;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A terminal in raw mode whose other end is ours: a character device that waits and can go away.
 */
final class Pty implements AutoCloseable {
  final Path path;
  private final Process script;
  private final OutputStream master;

  Pty() throws IOException {
    script =
        new ProcessBuilder(
                "script", "-qec", "stty raw -echo; tty; exec tail -f /dev/null", "/dev/null")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    master = script.getOutputStream();
    BufferedReader output =
        new BufferedReader(
            new InputStreamReader(script.getInputStream(), StandardCharsets.US_ASCII));
    String name = output.readLine();
    if (name == null || !name.startsWith("/dev/")) {
      throw new IOException("script(1) did not name its terminal but said: " + name);
    }
    path = Path.of(name.strip());
  }

  void write(byte[] bytes) throws IOException {
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

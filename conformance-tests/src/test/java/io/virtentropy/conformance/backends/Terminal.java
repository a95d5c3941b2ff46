package io.virtentropy.conformance.backends;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** A terminal in raw mode, a character device that waits; what it reads is ours to write. */
record Terminal(Path path, Process script) implements AutoCloseable {

  static Terminal open() throws IOException {
    String raw = "stty raw -echo; tty; exec tail -f /dev/null";
    Process script = new ProcessBuilder("script", "-qec", raw, "/dev/null").start();
    BufferedReader output = script.inputReader();
    String tty = output.readLine();
    if (tty == null) {
      throw new IOException("script(1) gave no terminal, and ended with " + script.onExit().join());
    }
    return new Terminal(Path.of(tty.strip()), script);
  }

  void write(byte[] bytes) throws IOException {
    OutputStream master = script.getOutputStream();
    master.write(bytes);
    master.flush();
  }

  @Override
  public void close() {
    script.descendants().forEach(ProcessHandle::destroyForcibly);
    script.destroyForcibly().onExit().join();
  }
}

package io.virtentropy.conformance.qemu;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** A port for a program that is told a number and can't be asked for one. */
public final class FreePort {
  /** Linux hands out none of these unasked, neither to who connects nor to who listens. */
  private static final int FIRST = 10_000;

  private static final int LAST = 30_000;

  private FreePort() {}

  /** One at which nobody listens. */
  public static int find() throws IOException {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, LAST);
      try (ServerSocket probe = new ServerSocket(port, 1)) {
        return probe.getLocalPort();
      } catch (BindException e) {
        // Somebody does at this one.
      }
    }
  }
}

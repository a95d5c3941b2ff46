package io.virtentropy.backends;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The program of {@link RandomWithoutRightsTest}: what it prints is what it was told and given. */
final class WithoutRights {
  private static Thread reader;

  private WithoutRights() {}

  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "open" -> {
        for (int i = 1; i < args.length; i++) {
          open(Path.of(args[i]));
        }
      }
      case "read" -> read(Path.of(args[1]), Integer.parseInt(args[2]));
      case "close" -> close(Path.of(args[1]));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static void open(Path path) {
    try (EntropyBackend source = RandomBackend.open(path)) {
      System.out.println("opened " + source);
    } catch (EntropySourceException e) {
      System.out.println(e.reason() + " " + e.getMessage());
    }
  }

  /** One request after the other, each when the last writer has gone: only bytes may come of it. */
  private static void read(Path path, int requests) throws Exception {
    try (EntropyBackend source = opened(path)) {
      for (int i = 0; i < requests; i++) {
        Asking asking = new Asking(4).submitTo(source);
        ThreadWait.awaitOpening(reader);
        System.out.println("waiting");
        System.out.println(new String(asking.bytes(), StandardCharsets.US_ASCII));
      }
    }
  }

  private static void close(Path path) throws Exception {
    EntropyBackend source = opened(path);
    Asking asking = new Asking(4).submitTo(source);
    ThreadWait.awaitOpening(reader);
    source.close();
    System.out.println(asking.failure().getMessage());
    reader.join();
    System.out.println("ended");
  }

  private static EntropyBackend opened(Path path) {
    EntropyBackend source =
        RandomBackend.open(
            path,
            task -> {
              reader = new Thread(task, "reader");
              reader.setDaemon(true);
              return reader;
            });
    System.out.println("opened");
    return source;
  }
}

package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Objects;

/**
 * The {@code builtin} source: the operating system's own generator. The counterpart of QEMU's
 * {@code rng-builtin}.
 *
 * <p>On Linux and other Unixes it reads {@code /dev/urandom}, after having waited once for {@code
 * /dev/random}, which answers when the kernel's generator has been seeded. Elsewhere it is the
 * platform's {@link SecureRandom}.
 */
public final class BuiltinBackend {
  private static final Path SEEDED = Path.of("/dev/random");

  private BuiltinBackend() {}

  /**
   * Opens the operating system's generator.
   *
   * @return the source
   * @throws EntropySourceException if the system offers none
   */
  public static EntropyBackend open() {
    if (Files.isReadable(SEEDED) && Files.isReadable(RandomBackend.DEFAULT_PATH)) {
      awaitSeeding();
      return new ReadyFile("builtin", RandomBackend.DEFAULT_PATH);
    }
    try {
      return new Platform(SecureRandom.getInstanceStrong());
    } catch (NoSuchAlgorithmException e) {
      throw new EntropySourceException(
          Reason.UNAVAILABLE, "this system offers no generator: " + e.getMessage(), e);
    }
  }

  /**
   * Takes a generator of the platform's or of a security provider's as a source.
   *
   * @param random where the bytes come from; asked by the thread that calls {@code fill}, so it
   *     must not wait
   * @return the source
   */
  public static EntropyBackend of(SecureRandom random) {
    return new Platform(Objects.requireNonNull(random, "random"));
  }

  private static void awaitSeeding() {
    try (FileInputStream in = new FileInputStream(SEEDED.toFile())) {
      if (in.read() < 0) {
        throw SourceFiles.ended(SEEDED);
      }
    } catch (IOException e) {
      throw SourceFiles.readFailed(SEEDED, e);
    }
  }

  /** The platform's generator where there is no device to read. */
  static final class Platform implements EntropyBackend {
    private final SecureRandom random;
    private final byte[] block = new byte[4096];

    Platform(SecureRandom random) {
      this.random = random;
    }

    @Override
    public int fill(ByteBuffer target, int index, int length) {
      int done = 0;
      try {
        while (done < length) {
          int part = Math.min(length - done, block.length);
          random.nextBytes(block);
          target.put(index + done, block, 0, part);
          done += part;
        }
      } finally {
        Arrays.fill(block, (byte) 0);
      }
      return length;
    }

    @Override
    public void close() {
      // Nothing is held: the block is wiped after every fill.
    }

    @Override
    public String toString() {
      return "builtin";
    }
  }

  /** Makes {@code builtin} known by name. */
  public static final class Provider implements EntropyBackendProvider {
    /** Called by the service loader. */
    public Provider() {}

    @Override
    public String name() {
      return "builtin";
    }

    @Override
    public String usage() {
      return "builtin";
    }

    @Override
    public EntropyBackend open(String argument) {
      if (!argument.isEmpty()) {
        throw new EntropySourceException(
            Reason.UNSUITABLE, "builtin takes no argument, but was given '" + argument + "'");
      }
      return BuiltinBackend.open();
    }
  }
}

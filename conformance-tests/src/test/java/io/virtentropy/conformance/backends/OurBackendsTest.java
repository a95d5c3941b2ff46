package io.virtentropy.conformance.backends;

import io.virtentropy.backends.BuiltinBackend;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.RandomBackend;
import io.virtentropy.conformance.junit.EntropyBackendContract;
import io.virtentropy.conformance.qemu.FifoSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** The contract, kept by every source of ours. */
class OurBackendsTest {

  /** Bytes that do not repeat and are the same in every run. */
  static byte[] stream(int bytes) {
    byte[] stream = new byte[bytes];
    new Random(1).nextBytes(stream);
    return stream;
  }

  @Nested
  class BuiltinTest extends EntropyBackendContract {
    @Override
    protected EntropyBackend open() {
      return EntropyBackends.open("builtin");
    }
  }

  @Nested
  class BuiltinWithoutDevicesTest extends EntropyBackendContract {
    @Override
    protected EntropyBackend open() {
      return BuiltinBackend.of(new SecureRandom());
    }
  }

  @Nested
  class UrandomTest extends EntropyBackendContract {
    @Override
    protected EntropyBackend open() {
      return EntropyBackends.open("random");
    }
  }

  /** Read by a thread, although it never waits once the kernel's generator is seeded. */
  @Nested
  class BlockingRandomTest extends EntropyBackendContract {
    @Override
    protected EntropyBackend open() {
      return EntropyBackends.open("random:/dev/random");
    }
  }

  @Nested
  class RegularFileTest extends EntropyBackendContract {
    @TempDir Path dir;

    @Override
    protected EntropyBackend open() throws IOException {
      return RandomBackend.open(Files.write(dir.resolve("entropy"), stream(1 << 20)));
    }

    @Override
    protected byte[] known(int bytes) {
      return Arrays.copyOf(stream(1 << 20), bytes);
    }
  }

  @Nested
  class CounterTest extends EntropyBackendContract {
    @Override
    protected EntropyBackend open() {
      return EntropyBackends.openForTests("counter:7");
    }

    @Override
    protected byte[] known(int bytes) {
      ByteBuffer words = ByteBuffer.allocate(bytes + 8).order(ByteOrder.LITTLE_ENDIAN);
      for (long word = 7; words.remaining() >= 8; word++) {
        words.putLong(word);
      }
      return Arrays.copyOf(words.array(), bytes);
    }
  }

  @Nested
  class PipeTest extends EntropyBackendContract {
    @TempDir Path dir;
    private FifoSource fifo;
    private int written;

    @Override
    protected EntropyBackend open() throws Exception {
      fifo = FifoSource.make(dir.resolve("pipe"));
      return RandomBackend.open(fifo.path());
    }

    @Override
    protected void supply(int bytes) {
      fifo.put(Arrays.copyOfRange(stream(written + bytes), written, written + bytes));
      written += bytes;
    }

    @Override
    protected boolean waitsForSupply() {
      return true;
    }

    @Override
    protected byte[] known(int bytes) {
      return stream(bytes);
    }

    @AfterEach
    void close() throws IOException {
      fifo.close();
    }
  }

  @Nested
  class TerminalTest extends EntropyBackendContract {
    private Terminal terminal;
    private int written;

    @Override
    protected EntropyBackend open() throws IOException {
      terminal = Terminal.open();
      return RandomBackend.open(terminal.path());
    }

    @Override
    protected void supply(int bytes) throws IOException {
      terminal.write(Arrays.copyOfRange(stream(written + bytes), written, written + bytes));
      written += bytes;
    }

    @Override
    protected boolean waitsForSupply() {
      return true;
    }

    @Override
    protected byte[] known(int bytes) {
      return stream(bytes);
    }

    @AfterEach
    void close() throws IOException {
      terminal.close();
    }
  }
}

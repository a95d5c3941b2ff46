package io.virtentropy.examples.hexsource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.conformance.junit.EntropyBackendContract;
import io.virtentropy.conformance.qemu.FifoSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract, with a pipe in the device's place, and what is particular to this source. */
class HexSourceTest extends EntropyBackendContract {
  @TempDir Path dir;
  private FifoSource device;
  private int supplied;

  private static byte[] stream(int bytes) {
    byte[] stream = new byte[bytes];
    new Random(1).nextBytes(stream);
    return stream;
  }

  @Override
  protected EntropyBackend open() throws IOException {
    device = FifoSource.make(dir.resolve("device"));
    return EntropyBackends.open("hex:" + device.path());
  }

  @Override
  protected void supply(int bytes) {
    byte[] next = Arrays.copyOfRange(stream(supplied + bytes), supplied, supplied + bytes);
    device.put((HexFormat.of().formatHex(next) + "\n").getBytes(StandardCharsets.US_ASCII));
    supplied += bytes;
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
  void takeDeviceAway() throws IOException {
    if (device != null) {
      device.close();
    }
  }

  @Test
  void should_fail_at_what_is_no_digit_and_at_the_end_and_go_on_afterwards() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "00 f");
    Semaphore done = new Semaphore(0);
    EntropyRequest request = new EntropyRequest(64, done::release);
    try (EntropyBackend source = EntropyBackends.open("hex:" + file)) {
      request.submitTo(source, 64);
      done.acquire();
      assertEquals(1, request.delivered());
      request.release();
      assertFails(request, done, source, "the source " + file + " has come to its end");

      Files.writeString(file, "Ff\n0g");
      assertFails(
          request, done, source, "the source " + file + " gave what is no hexadecimal digit");
      Files.writeString(file, "Ff\n0a");
      request.submitTo(source, 64);
      done.acquire();
      byte[] bytes = new byte[request.delivered()];
      request.bytes().get(0, bytes);
      assertArrayEquals(new byte[] {(byte) 0xff, 10}, bytes);
      request.release();
    }
  }

  private static void assertFails(
      EntropyRequest request, Semaphore done, EntropyBackend source, String sentence)
      throws InterruptedException {
    request.submitTo(source, 64);
    done.acquire();
    assertEquals(sentence, request.failure().getMessage());
    request.release();
  }

  @Test
  void should_be_found_by_name_alone_and_inside_others() {
    assertEquals(
        "hex needs the file that prints the bytes; hex:FILE is accepted",
        assertThrows(EntropySourceException.class, () -> EntropyBackends.open("hex")).getMessage());
    assertThrows(
        EntropySourceException.class, () -> EntropyBackends.open("drbg(hex:/no/such/device)"));
  }
}

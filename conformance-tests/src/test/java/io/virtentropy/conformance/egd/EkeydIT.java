package io.virtentropy.conformance.egd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.conformance.junit.EgdServerSpecification;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server that we did not write: the rules, and our own client. More random conversations are in
 * {@link RealEgdServerIT}.
 */
@DisplayName("ekeyd")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class EkeydIT extends EgdServerSpecification {
  private static final int BYTES = 4096;

  @Override
  protected EgdServerUnderTest server() throws IOException {
    return new EkeydServer();
  }

  @Override
  protected int conversations() {
    return 3;
  }

  @Test
  @DisplayName("should be read by our client, by requests of any size")
  void ourClient() throws Exception {
    byte[] bytes = new byte[BYTES];
    new Random(1).nextBytes(bytes);
    try (EkeydServer ekeyd = new EkeydServer()) {
      ekeyd.supply(bytes); // one block, which is given out from its beginning
      byte[] read = new byte[BYTES];
      int at = 0;
      try (EntropyBackend client = EntropyBackends.open("egd:unix:" + ekeyd.address())) {
        Semaphore done = new Semaphore(0);
        EntropyRequest request = new EntropyRequest(BYTES, done::release);
        for (int wanted : new int[] {1, 64, 255, 256, 1000, BYTES}) {
          request.submitTo(client, Math.min(wanted, BYTES - at));
          done.acquire();
          request.bytes().get(0, read, at, request.delivered());
          at += request.delivered();
          request.release();
        }
      }
      assertArrayEquals(bytes, read);
      System.out.printf("%s: our client read %d bytes from ekeyd%n", EgdPrograms.versions(), at);
    }
  }
}

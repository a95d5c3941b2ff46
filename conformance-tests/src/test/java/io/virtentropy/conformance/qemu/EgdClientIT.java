package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.egd.EgdAddress;
import io.virtentropy.backends.egd.EgdBackend;
import io.virtentropy.backends.egd.EgdLoop;
import io.virtentropy.backends.egd.EgdState;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * QEMU's {@code rng-egd} and our client in its QEMU-like mode, the one beside the other: a guest's
 * buffers of QEMU's device are requests of our source, and the same daemon listens to both.
 */
@DisplayName("Our EGD client")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class EgdClientIT {
  private static final int[] SIZES = {1, 64, 255, 256, 1000};

  @TempDir private Path folder;

  static Stream<QemuBinary> qemus() {
    return Qemus.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should send the bytes that QEMU sends, for the same requests")
  void sameBytes(QemuBinary qemu) throws IOException {
    List<String> ofQemu = askedByQemu(qemu);
    List<String> ours = askedByUs();
    assertEquals(ofQemu, ours);
    assertEquals("02ff02ff02ff02eb", ours.get(4), "something was captured");
  }

  private static List<String> askedByQemu(QemuBinary qemu) {
    List<String> asked = new ArrayList<>();
    try (QemuDevice device = QemuDevice.of(qemu).start()) {
      RingDriver driver = new RingDriver(device).start();
      for (int i = 0; i < SIZES.length; i++) {
        long unused = driver.post(SIZES[i]);
        driver.kick();
        device.settle();
        asked.add(HexFormat.of().formatHex(device.egdPeer().takeBytes()));
        device.supply().deliver(new byte[SIZES[i]]);
        assertEquals(i + 1, driver.usedIdx());
      }
    }
    return asked;
  }

  private List<String> askedByUs() throws IOException {
    List<String> asked = new ArrayList<>();
    Path socket = folder.resolve("egd");
    try (EgdPeer daemon = EgdPeer.listen(socket);
        EgdLoop loop = EgdLoop.open(NanoClock.system(), Thread::new);
        EgdBackend source =
            EgdBackend.builder(new EgdAddress.Unix(socket, false), loop).qemuCompatible().open()) {
      while (source.state() != EgdState.CONNECTED) {
        int unused = loop.poll(0);
      }
      for (int size : SIZES) {
        EntropyRequest request = new EntropyRequest(size, () -> {});
        request.submitTo(source, size);
        int turns = loop.poll(0);
        assertTrue(turns > 0, "the request was taken up");
        asked.add(HexFormat.of().formatHex(daemon.takeBytes()));
        daemon.send(new byte[size]);
        while (!request.isDone()) {
          int unused = loop.poll(0);
        }
        assertEquals(size, request.delivered());
      }
    }
    return asked;
  }
}

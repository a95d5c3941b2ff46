package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What QEMU loses of an entropy source's bytes while all goes well: at the end of each period of a
 * device, also of one without a limit, it asks once more for the buffers that it has asked for
 * already, and it throws away an answer that no buffer waits for.
 */
@DisplayName("QEMU's device")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class AskedTwiceIT {
  private static final Duration DEFAULT_PERIOD = Duration.ofMillis(65_536);

  private static String asked(QemuDevice device) {
    device.settle();
    return HexFormat.of().formatHex(device.egdPeer().takeBytes());
  }

  @Test
  @DisplayName("should ask twice for a buffer when its period ends, and lose what comes too early")
  void asksTwice() {
    try (QemuDevice device = QemuDevice.of(Qemus.newest()).start()) {
      RingDriver driver = new RingDriver(device).start();
      long unused = driver.post(64);
      driver.kick();
      assertEquals("0240", asked(device));
      device.advanceClock(DEFAULT_PERIOD);
      assertEquals("0240", asked(device), "again, though nothing has changed");
      device.supply().deliver(new byte[64]);
      device.supply().deliver(new byte[64]);
      assertEquals(1, driver.usedIdx());
      unused = driver.post(64);
      driver.kick();
      assertEquals("0240", asked(device));
      assertEquals(1, driver.usedIdx(), "the second answer has not been kept");
    }
  }
}

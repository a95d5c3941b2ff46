package io.virtentropy.conformance.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A firmware that does nothing: the CPU's first instruction turns interrupts off, the next halts.
 */
final class HaltingFirmware {
  private static final int SIZE = 0x10000;
  private static final int RESET_VECTOR = 0xfff0;
  private static final byte HLT = (byte) 0xf4;

  /** cli; hlt; and back to the hlt, in case something wakes it. */
  private static final byte[] HALT = {(byte) 0xfa, HLT, (byte) 0xeb, (byte) 0xfd};

  private HaltingFirmware() {}

  static Path writeTo(Path file) throws IOException {
    byte[] image = new byte[SIZE];
    Arrays.fill(image, HLT);
    System.arraycopy(HALT, 0, image, RESET_VECTOR, HALT.length);
    return Files.write(file, image);
  }
}

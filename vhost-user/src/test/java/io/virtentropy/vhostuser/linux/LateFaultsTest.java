package io.virtentropy.vhostuser.linux;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A fault of memory whose file got shorter")
final class LateFaultsTest {
  private static final int SIZE = 1 << 16;

  /**
   * Whether it would come by itself differs between JDKs, and between interpreted and compiled
   * code: the warmer the code, the later.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 500, 5_000, 50_000})
  @DisplayName("should be delivered when that is asked for, however warm the code is")
  void delivered(int before) throws SystemCallException {
    for (int round = 0; round < 10; round++) {
      try (Descriptor file = MemoryFile.create("guest-ram", SIZE);
          SharedMapping mapping = SharedMapping.of(file, 0, SIZE, 4096)) {
        ByteBuffer memory = mapping.window(0, SIZE);
        for (int i = 0; i < before; i++) {
          assertFalse(faults(memory));
        }
        MemoryFile.resize(file, 0);
        assertTrue(faults(memory), "round " + round);
        LateFaults.deliver(); // nothing is left behind
      }
    }
  }

  private static boolean faults(ByteBuffer memory) {
    try {
      memory.putLong(64, 1);
      LateFaults.deliver();
      return false;
    } catch (InternalError e) {
      return true;
    }
  }
}

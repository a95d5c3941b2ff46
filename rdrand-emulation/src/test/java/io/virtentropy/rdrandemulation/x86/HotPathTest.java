package io.virtentropy.rdrandemulation.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.TokenBucket;
import io.virtentropy.rdrandemulation.VmEntropy;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The way of an instruction")
final class HotPathTest {
  private static final int ROUNDS = 50_000;

  @Test
  @DisplayName("should allocate nothing, with a number or without")
  void allocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    CounterBackend source = new CounterBackend(1);
    VmEntropy numbers =
        VmEntropy.builder(source)
            .seedSource(source)
            .limiter(
                TokenBucket.builder(NanoClock.system())
                    .bytes(new Rate(1_000_000, 1_000_000_000, 4096))
                    .build())
            .build();
    RdrandEmulator emulator = new RdrandEmulator(numbers, RandomFeatures.BOTH);
    ArrayCpu cpu = new ArrayCpu(CpuMode.LONG_64);
    byte[] code = Encodings.bytes("48 0F C7 F0 66 0F C7 FB");
    rounds(emulator, code, cpu);
    threads.getCurrentThreadAllocatedBytes();
    long before = threads.getCurrentThreadAllocatedBytes();
    rounds(emulator, code, cpu);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < ROUNDS, () -> allocated + " bytes for " + ROUNDS + " rounds");
    assertEquals(4L * ROUNDS, emulator.executed());
  }

  private static void rounds(RdrandEmulator emulator, byte[] code, ArrayCpu cpu) {
    for (int i = 0; i < ROUNDS; i++) {
      emulator.tryExecute(code, 0, 4, cpu);
      emulator.tryExecute(code, 4, 4, cpu);
    }
  }
}

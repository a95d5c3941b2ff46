package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device that is called by another thread each time")
final class ThreadHandoverTest {
  private static void onNewThread(Runnable action) throws InterruptedException, ExecutionException {
    ExecutorService one = Executors.newSingleThreadExecutor();
    try {
      Future<?> done = one.submit(action);
      done.get();
    } finally {
      one.shutdown();
    }
  }

  @Test
  @DisplayName("should not know the difference, with a source at hand and with a slow one")
  void turns() throws InterruptedException, ExecutionException {
    DeviceBench bench = new DeviceBench(new CounterBackend(1));
    onNewThread(bench::bind);
    for (int i = 0; i < 20; i++) {
      long first = 1 + 8L * i;
      onNewThread(() -> bench.request(buffer(0), 64));
      onNewThread(() -> bench.expectUsed(0, 64));
      bench.expectWords(buffer(0), 8, first);
    }
    OnDemandSource source = new OnDemandSource();
    DeviceBench slow = new DeviceBench(source);
    onNewThread(slow::bind);
    for (int i = 0; i < 20; i++) {
      onNewThread(() -> slow.request(buffer(0), 64));
      onNewThread(source::complete);
      onNewThread(slow.mmio::poll);
      onNewThread(() -> slow.expectUsed(0, 64));
    }
    onNewThread(slow.mmio::close);
    assertEquals(20, slow.mmio.counters().get(DeviceCounter.CHAINS));
  }
}

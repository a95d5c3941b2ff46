package io.virtentropy.conformance.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.egd.server.EgdServer;
import io.virtentropy.backends.egd.server.EgdServerCounter;
import io.virtentropy.backends.egd.server.EgdServerCounters;
import io.virtentropy.backends.egd.server.EgdServerRunner;
import io.virtentropy.backends.egd.server.EgdService;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.conformance.qemu.FreePort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * An unmodified Debian kernel reads from QEMU's own devices, whose {@code rng-egd} asks our EGD
 * server: over Unix sockets and over TCP, with QEMU connecting and with QEMU listening. One guest
 * has all four; the sources count from numbers far apart, so that each word says by which way it
 * came.
 */
@DisplayName("A guest of QEMU's rng-egd")
@Timeout(
    value = 15,
    unit = TimeUnit.MINUTES) // a hang is a failure; nothing is asserted of the time
class EgdGuestIT {
  private static final int BYTES = 64 * 1024;
  private static final int WAYS = 4;

  private static EgdService countingFrom(int way) {
    return EgdService.builder(new CounterBackend(first(way))).build();
  }

  private static long first(int way) {
    return (way + 1L) << 32;
  }

  /** What QEMU is told: the way's channel, and a source and a device on it. */
  private static List<String> way(int way, String channel) {
    return List.of(
        "-chardev",
        "socket,id=c" + way + "," + channel,
        "-object",
        "rng-egd,id=egd" + way + ",chardev=c" + way);
  }

  @Test
  @DisplayName("should read 64 KiB by each of four ways, every word once and in order")
  void readsByEachWay() throws Exception {
    Path work = Files.createTempDirectory("ve");
    Path ours = work.resolve("ours");
    Path theirs = work.resolve("theirs");
    InetAddress host = InetAddress.getLoopbackAddress();
    InetSocketAddress theirPort = new InetSocketAddress(host, FreePort.find());
    try (EgdServer server =
        EgdServer.builder()
            .listen(ours, UnixSocketAccess.DEFAULT, countingFrom(0))
            .listen(new InetSocketAddress(host, 0), countingFrom(1))
            .connect(theirs, countingFrom(2))
            .connect(theirPort, countingFrom(3))
            .build()) {
      String ourPort = server.endpoints().get(1).replaceAll(".*:", "");
      List<String> arguments = new ArrayList<>();
      for (int way = 0; way < WAYS; way++) {
        arguments.addAll(List.of("--device", "virtio-rng-pci,rng=egd" + way));
      }
      arguments.add("--");
      arguments.addAll(way(0, "path=" + ours));
      arguments.addAll(way(1, "host=127.0.0.1,port=" + ourPort));
      arguments.addAll(way(2, "path=" + theirs + ",server=on,wait=off"));
      arguments.addAll(
          way(3, "host=127.0.0.1,port=" + theirPort.getPort() + ",server=on,wait=off"));

      EgdServerRunner runner = new EgdServerRunner(server);
      Thread serving = new Thread(runner, "egd");
      serving.start();
      try (GuestMachine guest = GuestMachine.boot(RealGuest.SCRIPTS, work, arguments)) {
        for (int way = 0; way < WAYS; way++) {
          read(guest.agent(), way);
        }
        EgdServerCounters counters = server.counters();
        // QEMU asks for what the guest asks for, 64 bytes each time, and gets all of it; the last
        // for what the driver holds in advance.
        while (64 * counters.get(EgdServerCounter.READ_COMMANDS)
            != counters.get(EgdServerCounter.BYTES_DELIVERED)) {
          Thread.onSpinWait();
        }
        assertEquals(WAYS, counters.get(EgdServerCounter.CONNECTIONS));
        assertEquals(0, counters.get(EgdServerCounter.DISCONNECTIONS));
        System.out.println("four ways to QEMU's rng-egd: " + counters);
      } finally {
        runner.stop();
        serving.join();
      }
    } finally {
      RealGuest.deleteRecursively(work);
    }
  }

  private static void read(GuestAgent agent, int way) throws IOException {
    String name = "virtio_rng." + way;
    assertEquals(
        "0",
        agent.call("sh echo " + name + " > /sys/class/misc/hw_random/rng_current").value("status"));
    assertEquals(name, agent.status().value("rng_current"));
    CounterStream stream = new CounterStream();
    stream.accept(agent.read(64, BYTES / 64).bytes());
    assertEquals(BYTES / Long.BYTES, stream.words());
    // Making a device the current one wakes the kernel's own reader, which takes 64 bytes now and
    // then, in the middle of ours: they are missing here, and what is here is in order.
    long missing = stream.last() + 1 - first(way) - stream.words();
    assertEquals(0, missing % (64 / Long.BYTES), "the kernel takes whole requests");
    assertTrue(missing <= 64, () -> missing + " words are missing");
  }
}

package io.virtentropy.vhostuser;

import static io.virtentropy.vhostuser.RawFrontEnd.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.vhostuser.Disconnection.Cause;
import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.vhostuser.linux.Descriptor;
import io.virtentropy.vhostuser.linux.MemoryFile;
import io.virtentropy.vhostuser.linux.Signal;
import io.virtentropy.virtio.driver.SplitRingDriver;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A malformed message")
final class MalformedTest {
  private static final int VERSION = 1;

  private final Rig rig = new Rig(builder -> builder, 2);

  @AfterEach
  void close() {
    rig.close();
  }

  private static int[] numbers(Descriptor file, int count) {
    int[] numbers = new int[count];
    Arrays.fill(numbers, file.number());
    return numbers;
  }

  @ParameterizedTest
  @ValueSource(ints = {4097, Integer.MAX_VALUE, Integer.MIN_VALUE, -1})
  @DisplayName("should end the connection before room is made for it (VU-HDR-11)")
  void sizes(int size) {
    try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      raw.send(message(5, VERSION, size));
      rig.settle();
      assertEquals(Cause.MALFORMED_MESSAGE, rig.events.disconnected.cause());
      assertTrue(rig.events.disconnected.detail().contains(Integer.toUnsignedString(size)));
    }
  }

  @Test
  @DisplayName("should have eight descriptors and not nine (VU-HDR-06)")
  void nineDescriptors() throws IOException {
    Map<String, Integer> before = Rig.openFiles();
    try (Descriptor file = MemoryFile.create("guest-ram", 4096)) {
      for (int count : new int[] {8, 9, 16}) {
        rig.events.disconnected = null;
        try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
          raw.send(message(3, VERSION, 0), numbers(file, count));
          rig.settle();
          assertNotNull(rig.events.disconnected);
          assertTrue(
              rig.events.disconnected.detail().contains(count == 8 ? "8 desc" : "cut off"),
              rig.events.disconnected.detail());
        }
      }
    }
    assertEquals(before, Rig.openFiles());
  }

  @Test
  @DisplayName("should not have descriptors in its middle")
  void lateDescriptors() throws IOException {
    try (Descriptor file = MemoryFile.create("guest-ram", 4096);
        RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      byte[] table = message(5, VERSION, 40, new byte[40]);
      raw.send(Arrays.copyOf(table, 12));
      raw.send(Arrays.copyOfRange(table, 12, 52), file.number());
      rig.settle();
      assertTrue(
          rig.events.disconnected.detail().contains("inside"), rig.events.disconnected::detail);
    }
  }

  @Test
  @DisplayName("should not gather descriptors piece by piece")
  void descriptorsPieceByPiece() throws IOException {
    Map<String, Integer> before = Rig.openFiles();
    try (Descriptor file = MemoryFile.create("guest-ram", 4096)) {
      for (int first : new int[] {0, 1, 8}) {
        rig.events.disconnected = null;
        try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
          raw.send(new byte[] {5}, numbers(file, first));
          rig.settle();
          assertNull(rig.events.disconnected);
          raw.send(new byte[] {0}, numbers(file, 8));
          rig.settle();
          assertEquals(Cause.MALFORMED_MESSAGE, rig.events.disconnected.cause());
        }
      }
    }
    assertEquals(before, Rig.openFiles());
  }

  @Test
  @DisplayName("should leave no descriptor when it never becomes whole")
  void neverWhole() throws IOException {
    Map<String, Integer> before = Rig.openFiles();
    try (Descriptor file = MemoryFile.create("guest-ram", 4096);
        RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      raw.send(new byte[] {5}, numbers(file, 8));
      rig.settle();
    }
    rig.settle();
    assertEquals(Cause.FRONT_END_LEFT, rig.events.disconnected.cause());
    assertEquals(before, Rig.openFiles());
  }

  @Test
  @DisplayName("should leave no descriptor and disturb nobody, ten thousand times (MIST-53)")
  void tenThousand() throws IOException {
    Random random = new Random(20261123);
    try (FrontEnd neighbour = rig.connect(1);
        SharedRam ram = Rig.ram();
        Descriptor file = MemoryFile.create("guest-ram", 4096);
        Signal signal = Signal.create()) {
      SplitRingDriver ring = neighbour.boot(ram, Rig.RING, 4);
      Map<String, Integer> before = Rig.openFiles();
      long mappings = Rig.guestMappings();
      RawFrontEnd raw = new RawFrontEnd(rig.path);
      int connections = 1;
      for (int i = 0; i < 10_000; i++) {
        int request = random.nextInt(48);
        int flags = random.nextInt(8) == 0 ? random.nextInt() : VERSION | random.nextInt(2) << 3;
        byte[] payload = new byte[random.nextInt(4) * 8 + random.nextInt(3) * 20];
        random.nextBytes(payload);
        if (random.nextBoolean()) {
          Arrays.fill(payload, (byte) random.nextInt(3));
        }
        int size = random.nextInt(8) == 0 ? random.nextInt() : payload.length;
        int count = random.nextInt(3) == 0 ? random.nextInt(10) : random.nextInt(2);
        int[] descriptors = numbers(random.nextBoolean() ? file : signal.descriptor(), count);
        raw.send(message(request, flags, size, payload), descriptors);
        rig.settle();
        if (!rig.server.guests().get(0).isConnected()) {
          raw.close();
          raw = new RawFrontEnd(rig.path);
          connections++;
        }
        if (i % 100 == 0) {
          rig.request(neighbour, ring, Rig.BUFFERS, 64);
          assertTrue(ring.reap());
        }
      }
      raw.close();
      rig.settle();
      assertTrue(connections > 1000, () -> "the messages were not bad enough");
      assertEquals(before, Rig.openFiles());
      assertEquals(mappings, Rig.guestMappings());
      assertFalse(rig.events.all.contains("broken 1"));
      assertFalse(rig.events.all.contains("disconnected 1"));
    }
  }
}

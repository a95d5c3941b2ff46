package io.virtentropy.virtio.transport.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.device.QemuRngDevice;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.VirtioRngDevice;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The configuration space, byte by byte against dumps of QEMU's functions. */
@DisplayName("The PCI configuration space")
class ConfigSpaceTest {
  private static final String[] DUMP_A = {
    "f4 1a 05 10 00 00 10 00 00 00 ff 00 00 00 00 00",
    "01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
    "0c 00 00 00 00 00 00 00 00 00 00 00 f4 1a 04 00",
    "00 00 00 00 98 00 00 00 00 00 00 00 00 01 00 00",
    "09 00 10 01 04 00 00 00 00 00 00 00 00 10 00 00",
    "09 40 10 03 04 00 00 00 00 10 00 00 00 10 00 00",
    "09 50 10 04 04 00 00 00 00 20 00 00 00 10 00 00",
    "09 60 14 02 04 00 00 00 00 30 00 00 00 10 00 00",
    "04 00 00 00 09 70 14 05 00 00 00 00 00 00 00 00",
    "00 00 00 00 00 00 00 00 11 84 01 00 01 00 00 00",
    "01 08 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
  };

  private static final String[] DUMP_C = {
    "f4 1a 44 10 00 00 10 00 01 00 ff 00 00 00 00 00",
    "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
    "0c 00 00 00 00 00 00 00 00 00 00 00 f4 1a 00 11",
    "00 00 00 00 dc 00 00 00 00 00 00 00 00 01 00 00",
    "10 00 02 00 00 80 00 10 00 00 00 00 11 04 00 00",
    "00 00 11 00 00 00 00 00 00 00 00 00 00 00 00 00",
    "00 00 00 00 00 00 30 00 00 00 00 00 00 00 00 00",
    "00 00 00 00 00 00 00 00 00 00 00 00 01 40 03 00",
    "00 00 00 00 09 7c 10 01 04 00 00 00 00 00 00 00",
    "00 10 00 00 09 84 10 03 04 00 00 00 00 10 00 00",
    "00 10 00 00 09 94 10 04 04 00 00 00 00 20 00 00",
    "00 10 00 00 09 a4 14 02 04 00 00 00 00 30 00 00",
    "00 10 00 00 04 00 00 00 09 b4 14 05 00 00 00 00",
    "00 00 00 00 00 00 00 00 00 00 00 00 11 c8 01 00",
    "01 00 00 00 01 08 00 00 00 00 00 00 00 00 00 00",
  };

  private static final Pattern MASK_ITEM = Pattern.compile("(\\w+)(?:-(\\w+))?:(\\w+)");

  private static final String MASK_A =
      "004:07 005:05 00c:ff 010:e0 011:ff 012:ff 013:ff 015:f0 016:ff 017:ff 020:00 021:c0 022:ff"
          + " 023:ff 024:ff 025:ff 026:ff 027:ff 03c:ff 088:ff 08c-097:ff 09b:c0 0a4-0ff:ff";

  private static final String MASK_C =
      "004:07 005:05 00c:ff 015:f0 016:ff 017:ff 021:c0 022:ff 023:ff 024:ff 025:ff 026:ff 027:ff"
          + " 03c:ff 048:0f 050:c0 069:80 080:03 0cc:ff 0d0-0db:ff 0df:c0 0e8-0ff:ff";

  private static PciBench bench(PciIdentity identity, boolean express, int vectors) {
    return new PciBench(
        QueueBench.ram(),
        VirtioRngDevice.builder(QueueBench.ram(), new CounterBackend(1)),
        identity,
        express,
        vectors);
  }

  private static byte[] dump(String[] lines, int length) {
    byte[] all = new byte[length];
    for (int i = 0; i < lines.length; i++) {
      byte[] line = HexFormat.ofDelimiter(" ").parseHex(lines[i]);
      System.arraycopy(line, 0, all, 16 * i, line.length);
    }
    return all;
  }

  private static void expectSpace(byte[] expected, PciTransport pci) {
    assertEquals(expected.length, pci.configLength());
    for (int at = 0; at < expected.length; at++) {
      assertEquals(expected[at] & 0xff, pci.configRead(at, 1), "byte 0x" + Integer.toHexString(at));
    }
  }

  @Test
  @DisplayName("should be QEMU's of a transitional function, byte by byte (dump A, PCI-LEG-01…04)")
  void transitional() {
    expectSpace(dump(DUMP_A, 256), bench(PciIdentity.TRANSITIONAL, false, 2).pci);
  }

  @Test
  @DisplayName("should be QEMU's of a modern function, byte by byte (dump B, PCI-ID-02…07)")
  void modern() {
    byte[] expected = dump(DUMP_A, 256);
    expected[0x02] = 0x44;
    expected[0x03] = 0x10;
    expected[0x08] = 1;
    expected[0x10] = 0;
    expected[0x2e] = 0;
    expected[0x2f] = 0x11;
    expectSpace(expected, bench(PciIdentity.MODERN, false, 2).pci);
  }

  @Test
  @DisplayName("should be QEMU's of a PCI Express function, all 4096 bytes (dump C)")
  void express() {
    expectSpace(dump(DUMP_C, 4096), bench(PciIdentity.MODERN, true, 2).pci);
  }

  @Test
  @DisplayName("should show extended tags behind a port since QEMU 10.0 (dump C)")
  void extendedTags() {
    for (QemuVersion version : QemuVersion.values()) {
      PciBench bench =
          new PciBench(
              QueueBench.ram(),
              QemuRngDevice.builder(QueueBench.ram(), new CounterBackend(1)).version(version),
              PciIdentity.MODERN,
              true,
              2);
      byte[] expected = dump(DUMP_C, 4096);
      expected[0x44] = (byte) (version == QemuVersion.V7_2 ? 0 : 0x20);
      expectSpace(expected, bench.pci);
    }
  }

  @Test
  @DisplayName("should be QEMU's of a transitional function behind a port")
  void transitionalExpress() {
    byte[] expected = dump(DUMP_C, 4096);
    expected[0x02] = 0x05;
    expected[0x08] = 0;
    expected[0x10] = 1;
    expected[0x2e] = 4;
    expected[0x2f] = 0;
    expectSpace(expected, bench(PciIdentity.TRANSITIONAL, true, 2).pci);
  }

  @Test
  @DisplayName("should have no MSI-X and no BAR 1 without vectors")
  void noVectors() {
    PciTransport pci = bench(PciIdentity.TRANSITIONAL, false, 0).pci;
    byte[] expected = dump(DUMP_A, 256);
    expected[0x34] = (byte) 0x84;
    for (int at = 0x98; at < 0xa4; at++) {
      expected[at] = 0;
    }
    expectSpace(expected, pci);
    assertEquals(0, pci.barLength(1));
    pci.configWrite(0x14, -1, 4);
    assertEquals(0, pci.configRead(0x14, 4));
  }

  @Test
  @DisplayName("should have BAR 0, BAR 1 and MSI-X at 40 as a legacy function (disable-modern)")
  void legacy() {
    PciTransport pci = bench(PciIdentity.LEGACY, false, 2).pci;
    assertEquals(0x1005_1af4L, pci.configRead(0, 4));
    assertEquals(0x40, pci.configRead(0x34, 1));
    assertEquals(0x0001_0011L, pci.configRead(0x40, 4));
    assertEquals(32, pci.barLength(0));
    assertEquals(0x1000, pci.barLength(1));
    assertEquals(0, pci.barLength(4));
    assertEquals(0xffff_ffffL, pci.barRead(4, 0x14, 4));
  }

  @Test
  @DisplayName("should give as many vectors as were asked for (PCI-MSIX-01, -02)")
  void vectors() {
    PciTransport pci = bench(PciIdentity.TRANSITIONAL, false, 2048).pci;
    assertEquals(2047, pci.configRead(0x9a, 2));
    assertEquals(0x8001, pci.configRead(0xa0, 4));
    assertEquals(0x10000, pci.barLength(1));
    assertThrows(
        IllegalArgumentException.class, () -> bench(PciIdentity.TRANSITIONAL, false, 2049));
    assertThrows(IllegalArgumentException.class, () -> bench(PciIdentity.LEGACY, true, 2));
  }

  private static int[] mask(String text, int length) {
    int[] mask = new int[length];
    Matcher items = MASK_ITEM.matcher(text);
    while (items.find()) {
      int first = Integer.parseInt(items.group(1), 16);
      int last = items.group(2) == null ? first : Integer.parseInt(items.group(2), 16);
      for (int at = first; at <= last; at++) {
        mask[at] = Integer.parseInt(items.group(3), 16);
      }
    }
    return mask;
  }

  private static void expectMask(int[] mask, PciTransport pci) {
    for (int at = 0; at < mask.length; at++) {
      int before = (int) pci.configRead(at, 1);
      if (before != pci.configRead(at, 1) || isAccessData(pci, at)) {
        continue;
      }
      pci.configWrite(at, ~before, 1);
      int after = (int) pci.configRead(at, 1);
      assertEquals(mask[at], before ^ after, "byte 0x" + Integer.toHexString(at));
      pci.configWrite(at, before, 1);
    }
  }

  private static boolean isAccessData(PciTransport pci, int at) {
    int access = pci.configLength() > 256 ? 0xc8 : 0x84;
    return at >= access + 16 && at < access + 20;
  }

  @Test
  @DisplayName("should take writes where QEMU's takes them and nowhere else (PCI-CAP-06)")
  void writeMasks() {
    expectMask(mask(MASK_A, 256), bench(PciIdentity.TRANSITIONAL, false, 2).pci);
    expectMask(
        mask(MASK_A.replace("010:e0 011:ff 012:ff 013:ff ", ""), 256),
        bench(PciIdentity.MODERN, false, 2).pci);
    expectMask(mask(MASK_C, 256), bench(PciIdentity.MODERN, true, 2).pci);
  }

  @Test
  @DisplayName("should be sized as PCI says, 64 bits of BAR 4 included (PCI-ID-01)")
  void sizing() {
    PciTransport pci = bench(PciIdentity.TRANSITIONAL, false, 2).pci;
    long[] probes = {0xffff_ffe1L, 0xffff_f000L, 0, 0, 0xffff_c00cL, 0xffff_ffffL};
    for (int bar = 0; bar < 6; bar++) {
      pci.configWrite(0x10 + 4 * bar, 0xffff_ffffL, 4);
      assertEquals(probes[bar], pci.configRead(0x10 + 4 * bar, 4), "BAR " + bar);
    }
    pci.configWrite(0x30, 0xffff_ffffL, 4);
    assertEquals(0, pci.configRead(0x30, 4), "no ROM");
  }

  @Test
  @DisplayName("should decode BARs where they are put and when the command allows it")
  void relocation() {
    PciTransport pci = bench(PciIdentity.TRANSITIONAL, false, 2).pci;
    pci.configWrite(0x10, 0xc041, 4);
    pci.configWrite(0x14, 0xfebf_1000L, 4);
    pci.configWrite(0x20, 0x8000_4000L, 4);
    pci.configWrite(0x24, 0x12, 4);
    assertEquals(-1, pci.barAddress(0));
    assertEquals(-1, pci.barAddress(1));
    pci.configWrite(4, 1, 2);
    assertEquals(0xc040, pci.barAddress(0));
    assertEquals(-1, pci.barAddress(1));
    pci.configWrite(4, 2, 2);
    assertEquals(-1, pci.barAddress(0));
    assertEquals(0xfebf_1000L, pci.barAddress(1));
    assertEquals(0x12_8000_4000L, pci.barAddress(4));
    assertEquals(-1, pci.barAddress(2));
    assertEquals(-1, pci.barAddress(6));
    pci.configWrite(0x14, 0xffff_ffffL, 4);
    assertEquals(-1, pci.barAddress(1), "while it is being sized");
    pci.configWrite(0x14, 0, 4);
    assertEquals(-1, pci.barAddress(1), "at 0");
  }

  @Test
  @DisplayName("should take 0507 of the command and nothing of the status")
  void commandAndStatus() {
    PciTransport pci = bench(PciIdentity.TRANSITIONAL, false, 2).pci;
    pci.configWrite(4, 0xffff_ffffL, 4);
    assertEquals(0x0010_0507L, pci.configRead(4, 4));
  }

  @Test
  @DisplayName("should read any width anywhere, and all ones behind the end (MIST-19)")
  void anyAccess() {
    PciTransport pci = bench(PciIdentity.TRANSITIONAL, false, 2).pci;
    assertEquals(0x0010_0000_1005_1af4L, pci.configRead(0, 8));
    assertEquals(0x0010_051aL, pci.configRead(1, 4));
    assertEquals(0xffff_0000L, pci.configRead(254, 4));
    assertEquals(0xff, pci.configRead(256, 1));
    assertEquals(0xffff_ffffL, pci.configRead(-4, 4));
    assertEquals(-1L, pci.configRead(Integer.MAX_VALUE, 8));
    pci.configWrite(254, 0x1234_5678L, 4);
    assertEquals(0x5678, pci.configRead(254, 2));
    pci.configWrite(-1, 0xff, 8);
    pci.configWrite(0, 0, 3);
    assertEquals(0x1af4, pci.configRead(0, 2));
  }

  @Test
  @DisplayName("should clear command, BARs and MSI-X with the machine's reset, and keep scratch")
  void machineReset() {
    PciTransport pci = bench(PciIdentity.TRANSITIONAL, false, 2).pci;
    byte[] before = dump(DUMP_A, 256);
    pci.configWrite(4, 0x507, 2);
    pci.configWrite(0x0c, 0x40, 1);
    pci.configWrite(0x3c, 11, 1);
    for (int bar = 0x10; bar < 0x28; bar += 4) {
      pci.configWrite(bar, 0xfe00_0000L + 0x10000L * bar, 4);
    }
    pci.configWrite(0x9a, 0xc000, 2);
    pci.configWrite(0xb0, 0x77, 1);
    pci.barWrite(1, 0, 0xfee0_0000L, 4);
    pci.barWrite(1, 12, 0, 4);
    pci.reset();
    before[0xb0] = 0x77;
    expectSpace(before, pci);
    assertEquals(0, pci.barRead(1, 0, 4));
    assertEquals(1, pci.barRead(1, 12, 4));
  }

  @Test
  @DisplayName("should reset the function when an Express driver asks for it")
  void functionLevelReset() {
    PciBench bench = bench(PciIdentity.MODERN, true, 2);
    bench.pci.configWrite(4, 7, 2);
    bench.setStatus(3);
    bench.pci.configWrite(0x48, 0x8000, 2);
    assertEquals(0, bench.status());
    assertEquals(0, bench.pci.configRead(4, 2));
    assertEquals(0, bench.pci.configRead(0x48, 2));
  }

  private static void sleep(PciBench bench, boolean decodesNothing) {
    bench.pci.configWrite(0x20, 0xe000_0000L, 4);
    bench.pci.configWrite(4, 7, 2);
    bench.pci.configWrite(0x80, 3, 1);
    assertEquals(3, bench.pci.configRead(0x80, 2));
    assertEquals(decodesNothing ? -1 : 0xe000_0000L, bench.pci.barAddress(4));
    bench.pci.configWrite(0x80, 0, 1);
    assertEquals(0xe000_0000L, bench.pci.barAddress(4));
    bench.pci.configWrite(0x80, 1, 1);
    assertEquals(decodesNothing ? 0 : 1, bench.pci.configRead(0x80, 2), "there is no D1");
    assertEquals(0xe000_0000L, bench.pci.barAddress(4));
  }

  @Test
  @DisplayName("should decode nothing in D3hot, as QEMU since 10.0")
  void powerStates() {
    sleep(bench(PciIdentity.MODERN, true, 2), true);
    for (QemuVersion version : QemuVersion.values()) {
      PciBench like =
          new PciBench(
              QueueBench.ram(),
              QemuRngDevice.builder(QueueBench.ram(), new CounterBackend(1)).version(version),
              PciIdentity.MODERN,
              true,
              2);
      sleep(like, version != QemuVersion.V7_2);
    }
  }
}

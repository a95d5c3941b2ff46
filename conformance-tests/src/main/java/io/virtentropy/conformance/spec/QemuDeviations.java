package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.qemu.QemuVersion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * What is known of QEMU's virtio-rng, each with a script of qtest commands that goes on from {@link
 * #LIVE}. Lines that begin with {@code #} are not for QEMU:
 *
 * <pre>
 *   # with OPTIONS                  in place of LIVE's -object and -device
 *   # = 0x4f, and why               what the command above answers
 *   # not 0x4f, and why             what it doesn't
 *   # the daemon is asked: 02 40    by rng-egd, since the last such line
 *   # the daemon gives 64 bytes
 *   # QEMU aborts
 * </pre>
 */
final class QemuDeviations {
  /**
   * From power-on to a live device: BAR 4 at 0xfe000000, registers of virtio 1, a ring of 8 at
   * 0x1000000 (table), 0x1001000 (available) and 0x1002000 (used), no EVENT_IDX.
   */
  static final List<String> LIVE =
      List.of(
          "# qemu-system-x86_64 -machine q35 -accel qtest -display none -nodefaults \\",
          "#   -object rng-builtin,id=r -device virtio-rng-pci,rng=r,addr=4.0 -qtest stdio",
          "outl 0xcf8 0x80002020",
          "outl 0xcfc 0xfe000000",
          "outl 0xcf8 0x80002024",
          "outl 0xcfc 0x0",
          "outl 0xcf8 0x80002004",
          "outw 0xcfc 0x7",
          "writeb 0xfe000014 0x0",
          "writeb 0xfe000014 0x3",
          "writel 0xfe000008 0x1",
          "writel 0xfe00000c 0x1",
          "writeb 0xfe000014 0xb",
          "writel 0xfe000020 0x1000000",
          "writel 0xfe000028 0x1001000",
          "writel 0xfe000030 0x1002000",
          "writew 0xfe00001c 0x1",
          "writeb 0xfe000014 0xf");

  private static final String WITH_DAEMON =
      "# with -chardev socket,id=c,path=egd -object rng-egd,id=r,chardev=c"
          + " -device virtio-rng-pci,rng=r,addr=4.0";

  private static final String WITH_PACKED =
      "# with -object rng-builtin,id=r -device virtio-rng-pci,rng=r,addr=4.0,packed=on";

  private static final String[] RING = {
    "writel 0xfe000020 0x1000000",
    "writel 0xfe000028 0x1001000",
    "writel 0xfe000030 0x1002000",
    "writew 0xfe00001c 0x1",
    "writeb 0xfe000014 0xf"
  };

  private static final String KICK = "writew 0xfe003000 0x0";
  private static final String USED_IDX = "readw 0x1002002";
  private static final String STATUS = "readb 0xfe000014";
  private static final String ONE_AVAILABLE = "writew 0x1001002 0x1";

  private QemuDeviations() {}

  /** What is known of a release. */
  static List<Deviation> of(QemuVersion version) {
    List<Deviation> known = new ArrayList<>();
    requests(known);
    negotiation(known);
    queues(known, version);
    sessions(known);
    transport(known, version);
    rest(known, version);
    known.sort(Comparator.comparing(Deviation::id));
    return List.copyOf(known);
  }

  private static Deviation deviation(
      String id, String title, String reason, Set<String> rows, String... replay) {
    return new Deviation(id, title, reason, rows, List.of(replay));
  }

  /** A descriptor's four fields, as two stores. */
  private static String[] descriptor(long at, long address, int length, int flags, int next) {
    long upper = (length & 0xffff_ffffL) | ((long) flags << 32) | ((long) next << 48);
    return new String[] {
      "writeq 0x" + Long.toHexString(at) + " 0x" + Long.toHexString(address),
      "writeq 0x" + Long.toHexString(at + 8) + " 0x" + Long.toHexString(upper)
    };
  }

  /** A descriptor of a packed ring. */
  private static String[] packed(long at, long address, int length, int id, int flags) {
    return descriptor(at, address, length, id, flags);
  }

  private static String[] script(Object... parts) {
    List<String> lines = new ArrayList<>();
    for (Object part : parts) {
      if (part instanceof String[] several) {
        lines.addAll(List.of(several));
      } else {
        lines.add((String) part);
      }
    }
    return lines.toArray(String[]::new);
  }

  /** A reset, and a new life with these features. */
  private static String[] again(String lowFeatures, String highFeatures) {
    return script(
        "writeb 0xfe000014 0x0",
        "writeb 0xfe000014 0x3",
        "writel 0xfe000008 0x0",
        "writel 0xfe00000c " + lowFeatures,
        "writel 0xfe000008 0x1",
        "writel 0xfe00000c " + highFeatures,
        "writeb 0xfe000014 0xb",
        RING);
  }

  private static String sizeAtReset(QemuVersion version) {
    return version.isAtLeast(10, 0) && !version.isAtLeast(11, 0) ? "0x400" : "0x8";
  }

  private static void requests(List<Deviation> known) {
    known.add(
        deviation(
            "QEMU-01",
            "Kicks while a request is outstanding ask for the same buffers again.",
            "The surplus is thrown away but charged to the quota, which goes below zero; a"
                + " negative quota is then compared as an unsigned number, and limits nothing."
                + " Not a rule of the specification.",
            Set.of("RNG-17"),
            script(
                WITH_DAEMON + ",max-bytes=100,period=60000",
                descriptor(0x100_0000, 0x110_0000, 64, 2, 0),
                ONE_AVAILABLE,
                KICK,
                KICK,
                KICK,
                "# the daemon is asked: 02 40 02 40 02 40")));
    known.add(
        deviation(
            "QEMU-02",
            "A chain of direct descriptors that ends in an indirect one is not understood.",
            "2.7.5.3.2: it MUST be handled. INDIRECT is looked at in the first descriptor alone;"
                + " with WRITE set random bytes are written over the table.",
            Set.of("VQ-IND-02"),
            script(
                descriptor(0x100_0000, 0x110_0000, 16, 3, 1),
                descriptor(0x100_0010, 0x120_0000, 16, 6, 0),
                descriptor(0x120_0000, 0x110_1000, 16, 2, 0),
                ONE_AVAILABLE,
                KICK,
                "readq 0x1200000",
                "# not 0x1101000, which the table held: it is random")));
    known.add(
        deviation(
            "QEMU-08",
            "Buffers outside of memory come back with their full length.",
            "2.7.8.2: the length counts bytes that were written. Up to 4096 bytes outside of RAM"
                + " are dropped without a word.",
            Set.of("RNG-09"),
            script(
                descriptor(0x100_0000, 0x40_0000_0000L, 64, 2, 0),
                ONE_AVAILABLE,
                KICK,
                "readl 0x1002008",
                "# = 0x40, though nothing was stored")));
    known.add(
        deviation(
            "QEMU-09",
            "A buffer with nothing to write stalls the queue, or comes back with length 0.",
            "5.4.6.2: each buffer used has a byte at least. It is the driver's fault; a device"
                + " should say so instead of waiting for ever.",
            Set.of("RNG-08"),
            script(
                descriptor(0x100_0000, 0x110_0000, 64, 0, 0),
                ONE_AVAILABLE,
                KICK,
                USED_IDX,
                "# = 0x0: not used",
                STATUS,
                "# = 0xf: no error")));
  }

  private static void negotiation(List<Deviation> known) {
    known.add(
        deviation(
            "QEMU-03",
            "FEATURES_OK is granted whatever the driver accepted.",
            "2.2.2: it MUST stay clear for a set that is not acceptable. Unknown bits are dropped"
                + " in silence.",
            Set.of("BASE-FEAT-03"),
            "writeb 0xfe000014 0x0",
            "writeb 0xfe000014 0x3",
            "writel 0xfe000008 0x0",
            "writel 0xfe00000c 0x20",
            "writel 0xfe000008 0x1",
            "writel 0xfe00000c 0x1",
            "writeb 0xfe000014 0xb",
            STATUS,
            "# = 0xb with bit 5 accepted, which was not offered"));
    known.add(
        deviation(
            "QEMU-04",
            "Bits 24, 27 and 30 can be accepted through the modern registers, where they are not"
                + " offered.",
            "2.2.2: an acceptance of what was not offered is to be refused. The same rows as"
                + " QEMU-03 show it.",
            Set.of(),
            "writeb 0xfe000014 0x0",
            "writeb 0xfe000014 0x3",
            "writel 0xfe000000 0x0",
            "readl 0xfe000004",
            "# = 0x30000000, without bit 24",
            "writel 0xfe000008 0x0",
            "writel 0xfe00000c 0x1000000",
            "writel 0xfe000008 0x1",
            "writel 0xfe00000c 0x1",
            "writeb 0xfe000014 0xb",
            STATUS,
            "# = 0xb: granted"));
    known.add(
        deviation(
            "QEMU-05",
            "NOTIFY_ON_EMPTY, once accepted so, is in force for a driver of virtio 1.",
            "6.3 knows the bit for legacy drivers alone; an extra notification does no harm.",
            Set.of(),
            script(
                again("0x1000000", "0x1"),
                descriptor(0x100_0000, 0x110_0000, 16, 2, 0),
                "writew 0x1001000 0x1",
                ONE_AVAILABLE,
                KICK,
                "readb 0xfe001000",
                "# = 0x1, though avail.flags asks for silence")));
    known.add(
        deviation(
            "QEMU-10",
            "DEVICE_NEEDS_RESET disappears when the driver writes the status without it.",
            "2.1.2: the device is broken until a reset, so its status should say so until then.",
            Set.of("BASE-STAT-09"),
            script(
                descriptor(0x100_0000, 0x110_0000, 16, 3, 0),
                ONE_AVAILABLE,
                KICK,
                STATUS,
                "# = 0x4f",
                "writeb 0xfe000014 0xf",
                STATUS,
                "# = 0xf from a dead device")));
    known.add(
        deviation(
            "QEMU-11",
            "Without VERSION_1 a broken ring stops the device in silence.",
            "Legacy drivers know no DEVICE_NEEDS_RESET (2.1), so this is acceptable.",
            Set.of(),
            script(
                again("0x0", "0x0"),
                descriptor(0x100_0000, 0x110_0000, 16, 3, 0),
                ONE_AVAILABLE,
                KICK,
                STATUS,
                "# = 0xf",
                descriptor(0x100_0000, 0x110_0000, 16, 2, 0),
                "writew 0x1001002 0x2",
                KICK,
                USED_IDX,
                "# = 0x0: dead")));
    known.add(
        deviation(
            "QEMU-12",
            "The device clears DRIVER_OK by itself when the function loses bus mastering.",
            "2.1: DRIVER_OK is the driver's to set. When bus mastering comes back the device"
                + " stays down.",
            Set.of(),
            "outl 0xcf8 0x80002004",
            "outw 0xcfc 0x3",
            "outw 0xcfc 0x7",
            STATUS,
            "# = 0xb"));
  }

  private static void queues(List<Deviation> known, QemuVersion version) {
    String size = sizeAtReset(version);
    known.add(
        deviation(
            "QEMU-06",
            "A queue's reset keeps its size and addresses, works without being negotiated, and a"
                + " queue_enable other than 1 breaks the device.",
            "2.6.1.1.1: all state MUST be put back. 4.1.4.3: without RING_RESET there is no such"
                + " register. A driver's write of 0 is its fault (4.1.4.3.2), and no reason to"
                + " die.",
            Set.of("VQ-RST-03", "VQ-RST-08", "PCI-CC-18"),
            script(
                "writew 0xfe000018 0x4",
                "writew 0xfe00003a 0x1",
                "readw 0xfe000018",
                "# = " + size,
                "writew 0xfe00001c 0x1",
                "readw 0xfe000018",
                "# = 0x4, again",
                again("0x0", "0x1"),
                "writew 0xfe00001c 0x0",
                STATUS,
                "# = 0x4f: broken")));
    known.add(
        deviation(
            "QEMU-07",
            "queue_size takes values that are no power of 2, and in some releases larger ones than"
                + " it offered.",
            "4.1.4.3.1: it MUST be 0 or a power of 2. Stable releases of 10.0 offer 1024.",
            Set.of("PCI-CC-09"),
            "writeb 0xfe000014 0x0",
            "writew 0xfe000018 0x3",
            "readw 0xfe000018",
            "# = 0x3"));
    known.add(
        deviation(
            "QEMU-14",
            "Indirect descriptors are followed without negotiation; a table in a table is taken"
                + " for a buffer and overwritten; chains may be longer than the queue.",
            "All are the driver's faults (2.7.5.3.1), and may be tolerated; but a table is never"
                + " to be written.",
            Set.of("VQ-IND-05", "VQ-IND-06"),
            script(
                descriptor(0x100_0000, 0x120_0000, 16, 4, 0),
                descriptor(0x120_0000, 0x121_0000, 16, 6, 0),
                descriptor(0x121_0000, 0x110_0000, 16, 2, 0),
                ONE_AVAILABLE,
                KICK,
                "readq 0x1210000",
                "# not 0x1100000, which the inner table held: it is random")));
    known.add(
        deviation(
            "QEMU-17",
            "Packed rings: releases before 10.0 return the id of a chain's first descriptor.",
            "2.8.6: the id is in the last one. This suite checks split rings.",
            Set.of(),
            script(
                WITH_PACKED,
                again("0x0", "0x5"),
                packed(0x100_0000, 0x110_0000, 16, 1, 0x83),
                packed(0x100_0010, 0x110_1000, 16, 2, 0x82),
                KICK,
                "readw 0x100000c",
                version.isAtLeast(10, 0) ? "# = 0x2: mended" : "# = 0x1, the first one's")));
  }

  private static void sessions(List<Deviation> known) {
    known.add(
        deviation(
            "QEMU-13",
            "Bytes asked for before a reset are delivered after it.",
            "They belong to the session that ended; another driver may be listening by now.",
            Set.of("RNG-16"),
            script(
                WITH_DAEMON,
                descriptor(0x100_0000, 0x110_0000, 64, 2, 0),
                ONE_AVAILABLE,
                KICK,
                "# the daemon is asked: 02 40",
                "writew 0x1001002 0x0",
                again("0x0", "0x1"),
                "# the daemon is asked: nothing",
                ONE_AVAILABLE,
                "# the daemon gives 64 bytes",
                USED_IDX,
                "# = 0x1, though nothing was asked for in this session")));
    known.add(
        deviation(
            "QEMU-18",
            "Requests for 4 GiB or more in sum are taken modulo 2^32; the end of a file spins, a"
                + " read error aborts, and a daemon that doesn't read blocks the main loop.",
            "Matters of QEMU's sources and of its arithmetic; not of the specification.",
            Set.of(),
            script(
                descriptor(0x100_0000, 0x110_0000, 0x8000_0000, 2, 0),
                descriptor(0x100_0010, 0x110_0000, 0x8000_0000, 2, 0),
                "writew 0x1001006 0x1",
                "writew 0x1001002 0x2",
                KICK,
                USED_IDX,
                "# = 0x0 for ever: the sum is 0, so nothing is asked for")));
  }

  private static void transport(List<Deviation> known, QemuVersion version) {
    String size = sizeAtReset(version);
    boolean large = size.equals("0x400"); // a legacy driver's rings are further apart then
    known.add(
        deviation(
            "QEMU-15",
            "The window for access through the configuration space ignores which BAR it names.",
            "4.1.4.9.1: the access is to BAR cap.bar.",
            Set.of("PCI-CFGA-01"),
            "writeb 0xfe000014 0x1",
            "outl 0xcf8 0x80002088",
            "outb 0xcfc 0x1",
            "outl 0xcf8 0x8000208c",
            "outl 0xcfc 0x14",
            "outl 0xcf8 0x80002090",
            "outl 0xcfc 0x1",
            "outl 0xcf8 0x80002094",
            "outb 0xcfc 0x3",
            STATUS,
            "# = 0x3: the write to BAR 1 went to BAR 4"));
    known.add(
        deviation(
            "QEMU-16",
            "A read anywhere in the ISR's page clears it, and a change of configuration sets bit 0"
                + " too.",
            "4.1.4.5: at worst the driver looks at its queue once in vain.",
            Set.of(),
            script(
                descriptor(0x100_0000, 0x110_0000, 16, 3, 0),
                ONE_AVAILABLE,
                KICK,
                "readb 0xfe001001",
                "# = 0x3, of the byte behind the register",
                "readb 0xfe001000",
                "# = 0x0")));
    known.add(
        deviation(
            "QEMU-19",
            "A reply that fills no buffer raises an interrupt.",
            "2.7.7: extra notifications are allowed; this one has no use.",
            Set.of(),
            script(
                WITH_DAEMON,
                descriptor(0x100_0000, 0x110_0000, 64, 2, 0),
                ONE_AVAILABLE,
                KICK,
                KICK,
                "# the daemon gives 64 bytes",
                "readb 0xfe001000",
                "# = 0x1",
                "# the daemon gives 64 bytes",
                "readb 0xfe001000",
                "# = 0x1 again",
                USED_IDX,
                "# = 0x1, so the second interrupt was for nothing")));
    known.add(
        deviation(
            "QEMU-21",
            "A legacy driver's buffers wait for DRIVER_OK.",
            "3.1.2: old drivers use the queue before DRIVER_OK, and MUST be served. Linux's and"
                + " EDK2's entropy drivers don't.",
            Set.of("BASE-LEG-05"),
            script(
                "outl 0xcf8 0x80002010",
                "outl 0xcfc 0xc001",
                "outb 0xc012 0x0",
                "outb 0xc012 0x3",
                descriptor(0x100_0000, 0x110_0000, 64, 2, 0),
                large ? "writew 0x1004002 0x1" : "writew 0x1000082 0x1",
                "outl 0xc008 0x1000",
                "outw 0xc010 0x0",
                large ? "readw 0x1005002" : "readw 0x1001002",
                "# = 0x0",
                "outb 0xc012 0x7",
                large ? "readw 0x1005002" : "readw 0x1001002",
                "# = 0x1 after DRIVER_OK")));
    known.add(
        deviation(
            "QEMU-22",
            "Bit 30 is offered to legacy drivers.",
            "6.3: it should not be negotiated. QEMU takes its acceptance for a sign of a driver"
                + " that accepts everything.",
            Set.of("BASE-LEG-11"),
            "outl 0xcf8 0x80002010",
            "outl 0xcfc 0xc001",
            "inl 0xc000",
            "# = 0x79000000"));
    known.add(
        deviation(
            "QEMU-23",
            "A queue_select of 1024 or more is ignored, so queue 0 stays selected.",
            "2.6: a queue that doesn't exist has size 0. A driver sees queue 0 instead.",
            Set.of("BASE-NTF-02"),
            "writew 0xfe000016 0xffff",
            "readw 0xfe000018",
            "# = " + size));
  }

  private static void rest(List<Deviation> known, QemuVersion version) {
    boolean mended = version.isAtLeast(10, 0);
    known.add(
        deviation(
            "QEMU-20",
            "A guest can kill the machine: an indirect table of length 0 in a packed ring fails an"
                + " assertion in releases before 10.0.",
            "A driver's fault is to become DEVICE_NEEDS_RESET. This suite checks split rings. "
                + (mended ? "Mended in this release." : "Not mended here."),
            Set.of(),
            script(
                WITH_PACKED,
                again("0x0", "0x5"),
                packed(0x100_0000, 0x110_0000, 0, 1, 0x84),
                KICK,
                mended ? new String[] {STATUS, "# = 0x4f: mended"} : "# QEMU aborts")));
    if (mended) {
      return;
    }
    known.add(
        deviation(
            "QEMU-24",
            "A guest can kill the machine: a queue_size that grows while the queue is enabled and"
                + " an answer is under way fails an assertion over the length of the mapped rings.",
            "4.1.4.3.2: the driver MUST NOT; it is a driver's fault, and no reason to die. Mended"
                + " since.",
            Set.of(),
            script(
                WITH_DAEMON,
                "writeb 0xfe000014 0x0",
                "writeb 0xfe000014 0x3",
                "writel 0xfe000008 0x0",
                "writel 0xfe00000c 0x20000000",
                "writel 0xfe000008 0x1",
                "writel 0xfe00000c 0x1",
                "writeb 0xfe000014 0xb",
                "writew 0xfe000018 0x4",
                RING,
                descriptor(0x100_0000, 0x110_0000, 16, 2, 0),
                ONE_AVAILABLE,
                KICK,
                "# the daemon is asked: 02 10",
                "writew 0xfe000018 0x8",
                "# the daemon gives 16 bytes",
                "# QEMU aborts")));
    known.add(
        deviation(
            "QEMU-25",
            "A table where no RAM is gets most of its bytes from low memory, and lengths of used"
                + " buffers go there.",
            "Releases before 9.0 go on at the wrong address when an access that doesn't begin in"
                + " RAM takes several parts.",
            Set.of(),
            script(
                "writel 0x8 0x10",
                "writew 0xc 0x2",
                "writel 0xfe000020 0xf0000000",
                "writew 0xfe00001c 0x1",
                ONE_AVAILABLE,
                KICK,
                "readl 0x1002008",
                "# = 0x10, the length that was written to address 8")));
  }
}

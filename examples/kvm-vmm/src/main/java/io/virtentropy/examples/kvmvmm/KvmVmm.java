package io.virtentropy.examples.kvmvmm;

import io.virtentropy.backends.CounterBackend;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * The example's program: runs the guest on counting sources, so that every byte can be followed,
 * and prints what came of it. Exit code 0 if all is as it should be, 1 if not, 2 without KVM.
 */
public final class KvmVmm {
  private static final long FIRST_RDRAND = 0x1000_0000_0000_0001L;
  private static final long FIRST_RDSEED = 0x2000_0000_0000_0001L;
  private static final long FIRST_VIRTIO = 0x3000_0000_0000_0001L;

  private KvmVmm() {}

  /**
   * Runs the example.
   *
   * @param arguments none
   */
  public static void main(String[] arguments) {
    System.exit(run(System.out));
  }

  static int run(PrintStream out) {
    Optional<String> missing = Kvm.missing();
    if (missing.isPresent()) {
      out.println("kvm-vmm: not run, because " + missing.get());
      return 2;
    }
    try (Monitor monitor =
        new Monitor(
            image(),
            new CounterBackend(FIRST_RDRAND),
            new CounterBackend(FIRST_RDSEED),
            new CounterBackend(FIRST_VIRTIO))) {
      GuestReport report = monitor.run();
      return judge(monitor, report, out) ? 0 : 1;
    } catch (KvmException e) {
      out.println("kvm-vmm: " + e.getMessage());
      return 1;
    }
  }

  private static boolean judge(Monitor monitor, GuestReport report, PrintStream out) {
    out.printf(
        "kvm-vmm: the guest says: %s; %d MMIO exits, %d port exits%n",
        GuestLayout.lastWord(report.lastWord()), monitor.mmioExits(), monitor.portExits());
    boolean emulated = monitor.emulated() > 0;
    boolean good =
        report.lastWord() == 0
            && report.numbers() == 4 * GuestLayout.ROUNDS
            && report.spoiltUpperHalves() == 0;
    out.printf(
        "kvm-vmm: %d RDRAND and RDSEED gave a number, %d had to be repeated; %d emulated here, %s%n",
        report.numbers(),
        report.retries(),
        monitor.emulated(),
        emulated
            ? "because this host's KVM can't execute them"
            : "because this host's KVM executes them");
    if (emulated) {
      good &= monitor.emulated() == report.numbers() + report.retries();
      good &= intact("RDRAND", report.rdrand(), 6 * GuestLayout.ROUNDS, FIRST_RDRAND, out);
      good &= intact("RDSEED", report.rdseed(), 6 * GuestLayout.ROUNDS, FIRST_RDSEED, out);
    }
    good &=
        intact(
            "virtio",
            report.virtio(),
            GuestLayout.REQUESTS * GuestLayout.REQUEST_BYTES,
            FIRST_VIRTIO,
            out);
    out.println(good ? "kvm-vmm: all as it should be" : "kvm-vmm: FAILED");
    return good;
  }

  /** Whether the guest has seen a counting source's bytes, all of them, once and in order. */
  private static boolean intact(String path, byte[] seen, int length, long first, PrintStream out) {
    byte[] expected = new byte[length];
    new CounterBackend(first).fill(ByteBuffer.wrap(expected), 0, length);
    boolean same = Arrays.equals(expected, seen);
    out.printf(
        "kvm-vmm: %d bytes through %s: %s%n",
        seen.length, path, same ? "the counter's stream, intact" : "NOT the counter's stream");
    return same;
  }

  static byte[] image() {
    try (InputStream in = KvmVmm.class.getResourceAsStream("guest.bin")) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("the guest's image can't be read", e);
    }
  }
}

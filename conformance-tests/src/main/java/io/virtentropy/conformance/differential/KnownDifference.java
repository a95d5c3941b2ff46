package io.virtentropy.conformance.differential;

import io.virtentropy.virtio.device.QemuVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What our device in its QEMU-like mode does differently from QEMU on purpose: which steps show it,
 * with which versions, and why. The suite leaves these steps out, or ends a script when QEMU shows
 * what ours doesn't do; there are no other exceptions.
 */
@SuppressWarnings("ImmutableEnumChecker") // sets and predicates that nothing changes or holds state
public enum KnownDifference {
  /**
   * QEMU hands bytes that were asked for before a reset to whoever drives the device after it. No
   * step is left out for it: {@link ScriptDriver} answers open requests right after each reset,
   * when QEMU drops the bytes.
   */
  OLD_SESSION(
      "entropy of an old session",
      "entropy of one session must not reach the next",
      EnumSet.allOf(QemuVersion.class),
      () -> step -> false,
      seen -> false),
  /**
   * QEMU ignores INDIRECT behind the head of a chain and writes random bytes over the table. A head
   * can come to stand behind another, where a script links descriptors as well: of such heads and
   * such links a script keeps those that come first.
   */
  INDIRECT_OVERWRITTEN(
      "writes over an indirect table",
      "a table is not a buffer; ours is broken by it and the guest is told",
      EnumSet.allOf(QemuVersion.class),
      WritableTables::new,
      seen -> false),
  /**
   * QEMU before 9.0 takes an access that doesn't begin in RAM apart, and goes on behind the first
   * part at the wrong address: at the offset in the ring, counted from 0. So 12 of a descriptor's
   * 16 bytes come from low memory, and the lengths of used buffers are written there. That needs a
   * driver that names such an address, and low memory that is not 0.
   */
  TABLE_OUTSIDE_RAM(
      "rings and tables outside RAM",
      "the guest's low memory is not the ring that its driver named",
      EnumSet.of(QemuVersion.V7_2),
      () -> StepEffects::putsRingOutsideRam,
      seen -> false),
  /**
   * A guest kills QEMU 7.2 by a larger queue_size while its queue is enabled: an assertion over the
   * length of the mapped rings. Later ones map the rings anew.
   */
  HOST_ABORT(
      "a queue that grows while it is enabled",
      "a guest must not end its machine",
      EnumSet.of(QemuVersion.V7_2),
      () -> StepEffects::resizesQueue,
      seen -> false),
  /**
   * QEMU 7.2 makes one request of any size; ours cuts to 64 KiB, as later ones do. Steps that may
   * ask for so much that QEMU waits for its daemon's socket are left out: long descriptors, and
   * tables of anything at all.
   */
  HUGE_REQUEST(
      "a request of more than 64 KiB",
      "a guest must not make the host allocate what it likes",
      EnumSet.of(QemuVersion.V7_2),
      () -> StepEffects::asksForMuch,
      seen -> seen.requested() > KnownDifference.CUT),
  /**
   * QEMU maps the rings anew whenever its machine's memory map changes, and reports again, and
   * again counts, a ring that it can't map. Ours does so when the ring is placed. After a ring that
   * is cut off, steps that change the map are left out.
   */
  CUT_OFF_RINGS(
      "a ring that is cut off, and the memory map",
      "a device isn't told of the map",
      EnumSet.allOf(QemuVersion.class),
      CutOffRing::new,
      seen -> false),
  /**
   * An access to I/O ports across a boundary of its width. Through qtest 11.1 does nothing; under
   * KVM, as with every earlier version, such an access is taken apart, and ours does that.
   */
  PORTS_ACROSS_A_BOUNDARY(
      "accesses to ports across a boundary",
      "what KVM does counts",
      EnumSet.of(QemuVersion.V11_1),
      () -> StepEffects::isAcrossBoundaryOfPorts,
      seen -> false),
  /**
   * What is not the guest's RAM is the machine's: firmware between 640 KiB and 1 MiB, other devices
   * above. A table at an odd place is read as descriptors that name anything at all.
   */
  MACHINE(
      "rings, tables and buffers where the machine has something else",
      "our machine has nothing there",
      EnumSet.allOf(QemuVersion.class),
      () -> StepEffects::reachesMachine,
      seen -> false);

  private static final int CUT = 65_536;

  private final String row;
  private final String reason;
  private final EnumSet<QemuVersion> versions;
  private final Supplier<Exclusion> exclusions;
  private final Predicate<Observation> ends;

  KnownDifference(
      String row,
      String reason,
      EnumSet<QemuVersion> versions,
      Supplier<Exclusion> exclusions,
      Predicate<Observation> ends) {
    this.row = row;
    this.reason = reason;
    this.versions = versions;
    this.exclusions = exclusions;
    this.ends = ends;
  }

  /**
   * Its row in {@code docs/qemu-differences.md}.
   *
   * @return what stands in the first column
   */
  public String row() {
    return row;
  }

  /**
   * Why it is so.
   *
   * @return one clause
   */
  public String reason() {
    return reason;
  }

  /** Whether ours alone does it differently: the model does what QEMU does. */
  private boolean isOurs() {
    return this == OLD_SESSION || this == INDIRECT_OVERWRITTEN;
  }

  /** The known differences from one QEMU. */
  public static final class Set {
    private final List<KnownDifference> differences;

    private Set(List<KnownDifference> differences) {
      this.differences = differences;
    }

    /**
     * The known differences from a version.
     *
     * @param version which
     * @return those of its rows
     */
    public static Set from(QemuVersion version) {
      Objects.requireNonNull(version, "version");
      return new Set(
          Arrays.stream(values()).filter(each -> each.versions.contains(version)).toList());
    }

    /**
     * The known differences of two, of which either may be any.
     *
     * @param one the first
     * @param other the second
     * @param version of QEMU
     * @return without our device: what QEMU can't be made to show; else the rows of the version
     */
    static Set between(Contender one, Contender other, QemuVersion version) {
      boolean withOurs = one == Contender.OURS || other == Contender.OURS;
      return new Set(
          from(version).differences.stream().filter(each -> withOurs || !each.isOurs()).toList());
    }

    /**
     * None: for two devices that have to be equal.
     *
     * @return the empty set
     */
    public static Set none() {
      return new Set(List.of());
    }

    /** Those steps of a script that show no known difference, or whose showing is told apart. */
    List<Step> allowed(List<Step> script) {
      List<Step> left = new ArrayList<>(script);
      for (KnownDifference each : differences) {
        Exclusion exclusion = each.exclusions.get();
        left.removeIf(exclusion::leavesOut);
      }
      return left;
    }

    /** Whether a difference is explained by what was seen of the reference. */
    boolean explains(Observation seen) {
      return differences.stream().anyMatch(each -> each.ends.test(seen));
    }
  }
}

package io.virtentropy.conformance.differential;

import io.virtentropy.conformance.inprocess.PciDevice;
import io.virtentropy.conformance.model.ModelDevice;
import io.virtentropy.conformance.model.QemuRelease;
import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.conformance.qemu.QemuDevice;
import io.virtentropy.conformance.qemu.QemuSlot;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.transport.pci.PciIdentity;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What the two devices are that are held against each other: which of QEMU's, with which
 * properties, in which slot; and ours made alike.
 */
@SuppressWarnings("ImmutableEnumChecker") // an array that nothing changes
public enum Arrangement {
  /** {@code virtio-rng-pci} on a conventional slot, for legacy and modern drivers. */
  TRANSITIONAL(PciIdentity.TRANSITIONAL, QemuSlot.Q35, Limit.NONE, 0),
  /** {@code disable-legacy=on} on a conventional slot. */
  MODERN(PciIdentity.MODERN, QemuSlot.Q35, Limit.NONE, 0, "disable-legacy", "on"),
  /** {@code virtio-rng-pci} behind a PCI Express port, with 4096 bytes of configuration space. */
  EXPRESS(PciIdentity.MODERN, QemuSlot.ROOT_PORT, Limit.NONE, 0),
  /** {@code disable-modern=on}: the legacy interface and nothing else. */
  LEGACY(PciIdentity.LEGACY, QemuSlot.Q35, Limit.NONE, 0, "disable-modern", "on"),
  /** A transitional device that offers no features but VERSION_1 and what legacy drivers see. */
  PLAIN(
      PciIdentity.TRANSITIONAL,
      QemuSlot.I440FX,
      Limit.NONE,
      VirtioFeature.INDIRECT_DESC | VirtioFeature.EVENT_IDX | VirtioFeature.RING_RESET,
      "indirect_desc",
      "off",
      "event_idx",
      "off",
      "queue_reset",
      "off"),
  /** A transitional device with 100 bytes a second, of a clock that scripts move. */
  LIMITED(PciIdentity.TRANSITIONAL, QemuSlot.Q35, Limit.HUNDRED_A_SECOND, 0);

  /** What {@code max-bytes} and {@code period} are. */
  private enum Limit {
    /** A period longer than any run, where the wall moves QEMU's clock: no timer fires. */
    NONE(Quota.DEFAULT_MAX_BYTES, Quota.MAX_PERIOD_MILLIS),
    HUNDRED_A_SECOND(100, 1000);

    private final long maxBytes;
    private final long periodMillis;

    Limit(long maxBytes, long periodMillis) {
      this.maxBytes = maxBytes;
      this.periodMillis = periodMillis;
    }
  }

  private final PciIdentity identity;
  private final QemuSlot slot;
  private final Limit limit;
  private final long withheld;
  private final String[] properties;

  Arrangement(
      PciIdentity identity, QemuSlot slot, Limit limit, long withheld, String... properties) {
    this.identity = identity;
    this.slot = slot;
    this.limit = limit;
    this.withheld = withheld;
    this.properties = properties;
  }

  /**
   * Finds an arrangement.
   *
   * @param word its name in lower case
   * @return it
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Arrangement named(String word) {
    return Arrays.stream(values())
        .filter(each -> each.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no arrangement '"
                        + word
                        + "'; there are "
                        + Arrays.stream(values())
                            .map(Arrangement::word)
                            .collect(Collectors.joining(", "))));
  }

  /**
   * How it is written in scripts and on command lines.
   *
   * @return its name in lower case
   */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether a QEMU can be compared so.
   *
   * @param qemu the program
   * @return false for a limit where the clock can't be moved
   */
  public boolean isPossibleWith(QemuBinary qemu) {
    return limit == Limit.NONE || qemu.qtestAccelerator();
  }

  /**
   * Pairs a QEMU with our imitation of it.
   *
   * @param qemu the program
   * @return the comparison; to be closed. Nothing is started yet
   * @throws IllegalArgumentException if the QEMU can't be compared so
   */
  public Comparison with(QemuBinary qemu) {
    return between(Contender.QEMU, Contender.OURS, Differential.imitationOf(qemu), qemu);
  }

  /**
   * Pairs any two.
   *
   * @param reference the one that is right
   * @param subject the one that is compared with it
   * @param version whose behaviour the model and ours have
   * @param qemu the program, where a QEMU is compared; else null
   * @return the comparison; to be closed. Nothing is started yet
   * @throws IllegalArgumentException if they can't be compared so
   */
  public Comparison between(
      Contender reference, Contender subject, QemuVersion version, QemuBinary qemu) {
    if (qemu != null && !isPossibleWith(qemu)) {
      throw new IllegalArgumentException(
          "QEMU "
              + qemu.version()
              + " at "
              + qemu.path()
              + " has no clock that can be moved, which the arrangement "
              + word()
              + " needs");
    }
    if ((reference == Contender.MODEL || subject == Contender.MODEL) && !isModelled()) {
      throw new IllegalArgumentException(
          "the model has no arrangement " + word() + "; it is of conventional, modern functions");
    }
    return new Comparison(
        this,
        reference.maker(this, version, qemu),
        subject.maker(this, version, qemu),
        KnownDifference.Set.between(reference, subject, version));
  }

  /**
   * Whether there is a model of it.
   *
   * @return false behind a PCI Express port, and without the modern interface
   */
  public boolean isModelled() {
    return hasModern() && !isExpress();
  }

  /** The model of QEMU's. */
  ModelDevice model(QemuVersion version) {
    QemuRelease release =
        switch (version) {
          case V7_2 -> QemuRelease.V7_2;
          case V10_0 -> QemuRelease.V10_0;
          case V11_1 -> QemuRelease.V11_1;
        };
    ModelDevice.Builder builder =
        ModelDevice.of(release).limit(limit.maxBytes, limit.periodMillis).withhold(withheld);
    return (hasLegacy() ? builder : builder.modernOnly()).start();
  }

  /** QEMU's device. */
  QemuDevice reference(QemuBinary qemu) {
    QemuDevice.Builder builder =
        QemuDevice.of(qemu)
            .slot(slot)
            .property("max-bytes", Long.toString(limit.maxBytes))
            .property("period", Long.toString(limit.periodMillis));
    for (int i = 0; i < properties.length; i += 2) {
      builder.property(properties[i], properties[i + 1]);
    }
    return builder.start();
  }

  /**
   * Our device.
   *
   * @param version which QEMU's it does as
   * @return at power-on
   */
  PciDevice subject(QemuVersion version) {
    PciDevice.Builder builder =
        PciDevice.likeQemu(version)
            .identity(identity)
            .withhold(withheld)
            .quota(new Quota(limit.maxBytes, limit.periodMillis));
    return (isExpress() ? builder.express() : builder).start();
  }

  boolean isExpress() {
    return slot == QemuSlot.ROOT_PORT;
  }

  boolean hasLegacy() {
    return identity.hasLegacy();
  }

  boolean hasModern() {
    return identity.hasModern();
  }

  boolean isLimited() {
    return limit != Limit.NONE;
  }

  /** How long it takes until a spent quota is full again, in milliseconds. */
  long periodMillis() {
    return limit.periodMillis;
  }

  /** Where configuration space has the MSI-X capability's control word. */
  int msixControl() {
    if (!hasModern()) {
      return 0x42;
    }
    return isExpress() ? 0xde : 0x9a;
  }

  /** Where it has the capability for access to the BARs; 0 if there is none. */
  int accessCapability() {
    if (!hasModern()) {
      return 0;
    }
    return isExpress() ? 0xc8 : 0x84;
  }
}

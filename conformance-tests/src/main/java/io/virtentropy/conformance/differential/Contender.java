package io.virtentropy.conformance.differential;

import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.virtio.device.QemuVersion;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;

/** The three that do, or should do, what QEMU's device does. Any two can be compared. */
public enum Contender {
  /** The real thing, a process of its own. */
  QEMU,
  /** The model of it, in this process. */
  MODEL,
  /** Our device in its QEMU-like mode, in this process. */
  OURS;

  /**
   * Finds one.
   *
   * @param word its name in lower case
   * @return it
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Contender named(String word) {
    return Arrays.stream(values())
        .filter(each -> each.word().equals(word))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException("no '" + word + "'; there are qemu, model and ours"));
  }

  /**
   * How it is written on command lines.
   *
   * @return its name in lower case
   */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What makes one of a version; the binary is for QEMU alone. */
  Supplier<DeviceUnderTest> maker(Arrangement as, QemuVersion version, QemuBinary binary) {
    return switch (this) {
      case QEMU -> {
        Objects.requireNonNull(binary, "binary");
        yield () -> as.reference(binary);
      }
      case MODEL -> () -> as.model(version);
      case OURS -> () -> as.subject(version);
    };
  }
}

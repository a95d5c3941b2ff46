package io.virtentropy.conformance.qemu;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A release of QEMU.
 *
 * @param major 7 in 7.2.22
 * @param minor 2 in 7.2.22
 * @param micro 22 in 7.2.22
 */
public record QemuVersion(int major, int minor, int micro) implements Comparable<QemuVersion> {
  private static final Pattern FIRST_WORDS =
      Pattern.compile("QEMU emulator version (\\d+)\\.(\\d+)\\.(\\d+)");

  private static final Comparator<QemuVersion> ORDER =
      Comparator.comparingInt(QemuVersion::major)
          .thenComparingInt(QemuVersion::minor)
          .thenComparingInt(QemuVersion::micro);

  /** Reads what {@code --version} prints. */
  static QemuVersion parse(String text) {
    Matcher matcher = FIRST_WORDS.matcher(text);
    if (!matcher.find()) {
      throw new QemuStartException("'--version' was answered by '" + text.strip() + "', not QEMU");
    }
    return new QemuVersion(
        Integer.parseInt(matcher.group(1)),
        Integer.parseInt(matcher.group(2)),
        Integer.parseInt(matcher.group(3)));
  }

  /**
   * Whether this is a release or a later one.
   *
   * @param otherMajor its major number
   * @param otherMinor its minor number
   * @return whether this isn't older
   */
  public boolean isAtLeast(int otherMajor, int otherMinor) {
    return compareTo(new QemuVersion(otherMajor, otherMinor, 0)) >= 0;
  }

  @Override
  public int compareTo(QemuVersion other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + micro;
  }
}

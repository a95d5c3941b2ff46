package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the settings of a source, for its provider. What can't be used is refused in one sentence
 * that says what was given and what is accepted.
 *
 * <p>Amounts of bytes are whole numbers with nothing, {@code KiB}, {@code MiB} or {@code GiB}
 * behind them; times are whole numbers with {@code ms}, {@code s}, {@code min} or {@code h}.
 */
public final class SourceSettings {
  private static final Pattern AMOUNT = Pattern.compile("([0-9]{1,12})\\s*([A-Za-z]*)");
  private static final Map<String, Long> BYTES =
      Map.of("", 1L, "b", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30);
  private static final Map<String, Long> NANOS =
      Map.of(
          "ms", 1_000_000L, "s", 1_000_000_000L, "min", 60_000_000_000L, "h", 3_600_000_000_000L);

  private final SourceSpec spec;

  private SourceSettings(SourceSpec spec) {
    this.spec = spec;
  }

  /**
   * Takes the settings of a source.
   *
   * @param spec the source's form
   * @param known the settings that there are
   * @return their reader
   * @throws EntropySourceException if others are given
   */
  public static SourceSettings of(SourceSpec spec, String... known) {
    Set<String> unknown = new TreeSet<>(spec.settings().keySet());
    Set<String> accepted = new TreeSet<>(Set.of(known));
    unknown.removeAll(accepted);
    if (!unknown.isEmpty()) {
      throw new EntropySourceException(
          Reason.UNSUITABLE,
          spec.name()
              + " has no setting "
              + String.join(", ", unknown)
              + "; "
              + (accepted.isEmpty() ? "none" : String.join(", ", accepted))
              + (accepted.size() > 1 ? " are" : " is")
              + " accepted");
    }
    return new SourceSettings(spec);
  }

  /**
   * An amount of bytes.
   *
   * @param key the setting
   * @param otherwise what it is if not given
   * @param least the least that is accepted
   * @param most the most that is accepted
   * @return bytes
   */
  public long bytes(String key, long otherwise, long least, long most) {
    return amount(key, otherwise, least, most, BYTES, 1, " bytes");
  }

  /**
   * A length of time.
   *
   * @param key the setting
   * @param otherwise what it is if not given
   * @param least the least that is accepted
   * @param most the most that is accepted
   * @return nanoseconds
   */
  public long nanos(String key, Duration otherwise, Duration least, Duration most) {
    return amount(
        key, otherwise.toNanos(), least.toNanos(), most.toNanos(), NANOS, 1_000_000, " ms");
  }

  private long amount(
      String key,
      long otherwise,
      long least,
      long most,
      Map<String, Long> units,
      long shownIn,
      String unit) {
    String given = spec.settings().get(key);
    if (given == null) {
      return otherwise;
    }
    Matcher matcher = AMOUNT.matcher(given);
    if (matcher.matches()) {
      Long factor = units.get(matcher.group(2).toLowerCase(Locale.ROOT));
      long number = Long.parseLong(matcher.group(1));
      if (factor != null && number <= Long.MAX_VALUE / factor) {
        long amount = number * factor;
        if (amount >= least && amount <= most) {
          return amount;
        }
      }
    }
    throw refused(key, given, least / shownIn + " to " + most / shownIn + unit);
  }

  /**
   * A number that need not be whole.
   *
   * @param key the setting
   * @param otherwise what it is if not given
   * @param least the least that is accepted
   * @param most the most that is accepted
   * @return the number
   */
  public double number(String key, double otherwise, double least, double most) {
    String given = spec.settings().get(key);
    if (given == null) {
      return otherwise;
    }
    try {
      double number = Double.parseDouble(given);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw refused(key, given, least + " to " + most);
    }
    throw refused(key, given, least + " to " + most);
  }

  /**
   * A switch.
   *
   * @param key the setting, {@code on} or {@code off}
   * @param otherwise what it is if not given
   * @return true for on
   */
  public boolean isOn(String key, boolean otherwise) {
    String given = spec.settings().get(key);
    if (given == null) {
      return otherwise;
    }
    return switch (given) {
      case "on" -> true;
      case "off" -> false;
      default -> throw refused(key, given, "on or off");
    };
  }

  private EntropySourceException refused(String key, String given, String accepted) {
    return new EntropySourceException(
        Reason.UNSUITABLE,
        spec.name() + " was given " + key + "=" + given + "; " + accepted + " is accepted");
  }
}

package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Opens sources by their string form: a name, and after a colon the argument of that kind of
 * source: {@code builtin}, {@code random:/dev/hwrng}.
 */
public final class EntropyBackends {
  private EntropyBackends() {}

  /**
   * Opens a source.
   *
   * @param spec its string form
   * @return the open source, the caller's to close
   * @throws EntropySourceException with one clear sentence if the name is unknown, names a test
   *     source, or the source can't be opened
   */
  public static EntropyBackend open(String spec) {
    return open(spec, false);
  }

  /**
   * Opens a source, test sources included. What it delivers may be predictable: for tests only.
   *
   * @param spec its string form
   * @return the open source, the caller's to close
   * @throws EntropySourceException with one clear sentence if the name is unknown or the source
   *     can't be opened
   */
  public static EntropyBackend openForTests(String spec) {
    return open(spec, true);
  }

  private static EntropyBackend open(String spec, boolean testSources) {
    int colon = spec.indexOf(':');
    String name = colon < 0 ? spec : spec.substring(0, colon);
    String argument = colon < 0 ? "" : spec.substring(colon + 1);
    SortedMap<String, EntropyBackendProvider> known = providers();
    EntropyBackendProvider provider = known.get(name);
    if (provider == null) {
      String accepted =
          known.values().stream()
              .filter(p -> testSources || !p.testOnly())
              .map(EntropyBackendProvider::usage)
              .collect(Collectors.joining(", "));
      throw new EntropySourceException(
          Reason.UNSUITABLE, "'" + spec + "' is not a known source; accepted are " + accepted);
    }
    if (provider.testOnly() && !testSources) {
      throw new EntropySourceException(
          Reason.UNSUITABLE,
          "'" + spec + "' delivers predictable bytes and is accepted in tests only");
    }
    return provider.open(argument);
  }

  private static SortedMap<String, EntropyBackendProvider> providers() {
    SortedMap<String, EntropyBackendProvider> byName = new TreeMap<>();
    for (EntropyBackendProvider provider : ServiceLoader.load(EntropyBackendProvider.class)) {
      byName.putIfAbsent(provider.name(), provider);
    }
    return byName;
  }
}

package io.virtentropy.backends;

import static java.util.stream.Collectors.joining;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Opens sources by their string form, such as {@code builtin}, {@code random:/dev/hwrng} or {@code
 * drbg(mix(random:/dev/hwrng,builtin))}. The grammar is that of {@link SourceSpec}.
 *
 * <p>A source that claims to be raw noise ({@link EntropyBackend#noiseBitsPerByte}) comes with the
 * health tests of the source called {@code health} around it.
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
    SourceSpec parsed = SourceSpec.parse(spec);
    return new Opening(new Installed(), testSources).open(parsed);
  }

  /** One opening: of a source, or of those in the parentheses of one. */
  private static final class Opening implements SourceOpener {
    private static final String HEALTH = "health";

    private final Installed installed;
    private final boolean testSources;
    private final Deque<EntropyBackend> opened = new ArrayDeque<>();

    /** A source that is open already and only has to be handed over; null if there is none. */
    private EntropyBackend ready;

    Opening(Installed installed, boolean testSources) {
      this.installed = installed;
      this.testSources = testSources;
    }

    @Override
    public EntropyBackend open(SourceSpec spec) {
      EntropyBackend source = openUntested(spec);
      if (source.noiseBitsPerByte() <= 0) {
        return source;
      }
      Opening inside = new Opening(installed, testSources);
      inside.ready = opened.pop();
      inside.opened.push(source);
      opened.push(openBy(new SourceSpec(HEALTH, "", List.of(spec), Map.of()), inside));
      return opened.peek();
    }

    @Override
    public EntropyBackend openUntested(SourceSpec spec) {
      if (ready != null) {
        EntropyBackend source = ready;
        ready = null;
        return source;
      }
      opened.push(openBy(spec, new Opening(installed, testSources)));
      return opened.peek();
    }

    private EntropyBackend openBy(SourceSpec spec, Opening inside) {
      EntropyBackendProvider provider = installed.provider(spec.name(), spec, testSources);
      if (provider.testOnly() && !testSources) {
        throw new EntropySourceException(
            Reason.UNSUITABLE,
            "'" + spec + "' delivers predictable bytes and is accepted in tests only");
      }
      try {
        EntropyBackend source = provider.open(spec, inside);
        if (source != null) {
          return source;
        }
      } catch (EntropySourceException e) {
        inside.giveUp();
        throw e;
      } catch (RuntimeException | LinkageError e) {
        inside.giveUp();
        throw new EntropySourceException(
            Reason.UNAVAILABLE, "opening '" + spec + "' failed: " + e, e);
      }
      inside.giveUp();
      throw new EntropySourceException(
          Reason.UNAVAILABLE,
          "opening '" + spec + "' failed: " + provider.getClass().getName() + " gave no source");
    }

    private void giveUp() {
      while (!opened.isEmpty()) {
        opened.pop().close();
      }
    }
  }

  /** The providers that the service loader finds at this moment. */
  private static final class Installed {
    /**
     * A loader that can't even list its providers says so for ever; after this often we believe it.
     */
    private static final int MAX_BROKEN = 16;

    private final SortedMap<String, List<EntropyBackendProvider>> byName = new TreeMap<>();
    private final List<Throwable> broken = new ArrayList<>();

    Installed() {
      ClassLoader ours = EntropyBackends.class.getClassLoader();
      ClassLoader callers = Thread.currentThread().getContextClassLoader();
      collect(callers);
      if (callers != ours) {
        // A container's thread may not see what stands beside this class.
        collect(ours);
      }
    }

    private void collect(ClassLoader loader) {
      Iterator<EntropyBackendProvider> found =
          ServiceLoader.load(EntropyBackendProvider.class, loader).iterator();
      while (broken.size() < MAX_BROKEN) {
        try {
          if (!found.hasNext()) {
            return;
          }
          EntropyBackendProvider provider = found.next();
          add(Objects.requireNonNull(provider.name(), "the name of a provider"), provider);
        } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
          // Somebody else's jar; it must not keep the other sources from being opened.
          broken.add(e);
        }
      }
    }

    private void add(String name, EntropyBackendProvider provider) {
      List<EntropyBackendProvider> named = byName.computeIfAbsent(name, n -> new ArrayList<>(1));
      if (named.stream().noneMatch(known -> known.getClass() == provider.getClass())) {
        named.add(provider);
      }
    }

    EntropyBackendProvider provider(String name, SourceSpec spec, boolean testSources) {
      List<EntropyBackendProvider> named = byName.get(name);
      if (named == null) {
        throw unknown(spec, testSources);
      }
      if (named.size() > 1) {
        throw new EntropySourceException(
            Reason.UNSUITABLE,
            "'"
                + spec
                + "' is ambiguous, because several providers are called '"
                + name
                + "': "
                + named.stream().map(p -> p.getClass().getName()).collect(joining(", ")));
      }
      return named.get(0);
    }

    private EntropySourceException unknown(SourceSpec spec, boolean testSources) {
      String accepted =
          byName.values().stream()
              .flatMap(List::stream)
              .filter(p -> testSources || !p.testOnly())
              .map(EntropyBackendProvider::usage)
              .collect(joining(", "));
      String message = "'" + spec + "' is not a known source; accepted are " + accepted;
      if (broken.isEmpty()) {
        return new EntropySourceException(Reason.UNSUITABLE, message);
      }
      return new EntropySourceException(
          Reason.UNSUITABLE,
          message
              + "; others can't be loaded: "
              + broken.stream().map(Installed::words).collect(joining(", ")),
          broken.get(0));
    }

    private static String words(Throwable e) {
      if (!(e instanceof ServiceConfigurationError)) {
        return e.toString();
      }
      return e.getCause() == null ? e.getMessage() : e.getMessage() + ": " + e.getCause();
    }
  }
}

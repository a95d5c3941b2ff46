package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackendProvider;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.SourceOpener;
import io.virtentropy.backends.SourceSettings;
import io.virtentropy.backends.SourceSpec;
import io.virtentropy.ratelimit.NanoClock;
import java.util.List;
import java.util.Objects;

/**
 * The {@code failover} source: the first of several sources, in the order of preference, that
 * works.
 *
 * <p>A source that fails is left for the next one at once, and what it was asked for is asked of
 * that one. It is tried again after a pause of a second, which doubles up to a minute with every
 * failure and becomes a second again only when the source has worked for a minute: one that comes
 * and goes is asked less and less. Trying it again delays nobody: while it has not answered, the
 * next one serves. The first bytes of a source that has come back are thrown away; from then on it
 * serves.
 *
 * <p>When none works, all are tried with every request, and a request fails with what the last one
 * failed with. A source that neither answers nor fails is waited for.
 */
public final class FailoverBackend {
  private FailoverBackend() {}

  /**
   * Starts to build one.
   *
   * @param sources 1 or more, the preferred first; from now on owned by what is built, which closes
   *     them
   * @return a builder
   */
  public static Builder builder(List<EntropyBackend> sources) {
    return new Builder(sources);
  }

  /** Collects the settings. */
  public static final class Builder {
    private final List<EntropyBackend> sources;
    private NanoClock clock = NanoClock.system();
    private SourceListener listener = SourceListener.logging();

    private Builder(List<EntropyBackend> sources) {
      this.sources = List.copyOf(sources);
    }

    /**
     * Sets the clock of the pauses.
     *
     * @param time the clock; the host's unless set
     * @return this
     */
    public Builder clock(NanoClock time) {
      clock = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * Sets who is told of failures.
     *
     * @param told the listener; {@link SourceListener#logging} unless set
     * @return this
     */
    public Builder listener(SourceListener told) {
      listener = Objects.requireNonNull(told, "told");
      return this;
    }

    /**
     * Makes the source.
     *
     * @return the source
     * @throws IllegalArgumentException if there is no source to stand on
     */
    public EntropyBackend build() {
      if (sources.isEmpty()) {
        throw new IllegalArgumentException("no source to fall over to; 1 or more are accepted");
      }
      return new DerivedBackend(
          Members.name("failover", sources),
          wakeUp -> new FirstThatWorks(Members.of(sources, wakeUp, clock, listener), false));
    }
  }

  /** Makes {@code failover(SOURCE,SOURCE,…)} known by name. */
  public static final class Provider implements EntropyBackendProvider {
    /** Called by the service loader. */
    public Provider() {}

    @Override
    public String name() {
      return "failover";
    }

    @Override
    public String usage() {
      return "failover(SOURCE,SOURCE...)";
    }

    @Override
    public EntropyBackend open(SourceSpec spec, SourceOpener opener) {
      if (!spec.argument().isEmpty() || spec.sources().isEmpty()) {
        throw new EntropySourceException(
            Reason.UNSUITABLE,
            "'" + spec + "' has nothing to fall over to; failover(SOURCE,SOURCE...) is accepted");
      }
      SourceSettings.of(spec);
      return builder(spec.sources().stream().map(opener::open).toList()).build();
    }
  }
}

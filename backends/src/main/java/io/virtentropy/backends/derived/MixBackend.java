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
 * The {@code mix} source: several sources combined, so that what is delivered is at least as good
 * as the best of them that works.
 *
 * <p><b>How.</b> Each 32 bytes delivered are half of a SHA-512 over the other half of the one
 * before and 32 bytes from every source that works:
 *
 * <pre>
 *   pool ‖ bytes ← SHA-512( pool ‖ 1 ‖ 32 bytes of the first source ‖ 1 ‖ 32 of the second ‖ … )
 * </pre>
 *
 * (a source that is down stands as 0 and 32 zeros).
 *
 * <p><b>Why that is enough.</b> Take one source whose bytes nobody else can predict, and let all
 * others be chosen by an enemy. Each output is a hash that includes 256 bits unknown to him, so it
 * looks random to him; that holds however his own bytes depend on earlier ones. An exclusive or
 * would not do: an enemy who sees the other source's bytes before he gives his own, in a daemon
 * that both come from for instance, cancels them with it. Here he would have to find an input for
 * an output he wants, and does not even know the pool, which carries what every source has
 * delivered so far. The pool also bridges a spell in which the good source is down: what is
 * delivered then is as good as the pool was, though no longer fresh. The other half of a hash is
 * never delivered, so outputs do not tell the pool.
 *
 * <p><b>What it costs.</b> Every source that is up gives as many bytes as are delivered, and the
 * slowest sets the pace; about a third of a microsecond of hashing for 32 bytes. For bulk, put it
 * under a generator: {@code drbg(mix(…))}.
 *
 * <p><b>When one fails</b> it is left out, reported, and asked again after a pause of a second that
 * doubles up to a minute; while it is asked again nobody waits for it. If fewer than {@link
 * Builder#quorum} work, requests fail. A source that neither answers nor fails is waited for.
 */
public final class MixBackend {
  /** The most sources that one mix may have: more than anyone has, and a bound on its hash. */
  public static final int MAX_SOURCES = 16;

  private MixBackend() {}

  /**
   * Starts to build a mix.
   *
   * @param sources 1 to {@value #MAX_SOURCES}; from now on the mix's, which closes them
   * @return a builder
   */
  public static Builder builder(List<EntropyBackend> sources) {
    return new Builder(sources);
  }

  /** Collects the settings of a mix. */
  public static final class Builder {
    private final List<EntropyBackend> sources;
    private int quorum = 1;
    private NanoClock clock = NanoClock.system();
    private SourceListener listener = SourceListener.logging();

    private Builder(List<EntropyBackend> sources) {
      this.sources = List.copyOf(sources);
    }

    /**
     * Sets how many sources must work.
     *
     * @param least 1, as it is unless set, to the number of sources
     * @return this
     */
    public Builder quorum(int least) {
      quorum = least;
      return this;
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
     * Makes the mix.
     *
     * @return the source
     * @throws IllegalArgumentException if there are too few or too many sources, or the quorum is
     *     not among their number
     */
    public EntropyBackend build() {
      if (sources.isEmpty() || sources.size() > MAX_SOURCES) {
        throw new IllegalArgumentException(
            "a mix of " + sources.size() + " sources; 1 to " + MAX_SOURCES + " are accepted");
      }
      if (quorum < 1 || quorum > sources.size()) {
        throw new IllegalArgumentException(
            "a quorum of " + quorum + "; 1 to " + sources.size() + " is accepted");
      }
      return new DerivedBackend(
          Members.name("mix", sources),
          wakeUp -> new HashedPool(Members.of(sources, wakeUp, clock, listener), quorum));
    }
  }

  /** Makes {@code mix(SOURCE,SOURCE,…)} known by name. */
  public static final class Provider implements EntropyBackendProvider {
    private static final String QUORUM = "quorum";

    /** Called by the service loader. */
    public Provider() {}

    @Override
    public String name() {
      return "mix";
    }

    @Override
    public String usage() {
      return "mix(SOURCE,SOURCE...)";
    }

    @Override
    public EntropyBackend open(SourceSpec spec, SourceOpener opener) {
      int count = spec.sources().size();
      if (!spec.argument().isEmpty() || count < 1 || count > MAX_SOURCES) {
        throw new EntropySourceException(
            Reason.UNSUITABLE,
            "'"
                + spec
                + "' is not a mix; mix(SOURCE,SOURCE...) with up to "
                + MAX_SOURCES
                + " sources is accepted");
      }
      int quorum = (int) SourceSettings.of(spec, QUORUM).bytes(QUORUM, 1, 1, count);
      return builder(spec.sources().stream().map(opener::open).toList()).quorum(quorum).build();
    }
  }
}

package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.ratelimit.NanoClock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * One source or several, as {@link FailoverBackend} and {@link MixBackend} put them together, that
 * can be looked at while they serve, and of which none is waited for in vain.
 *
 * <ul>
 *   <li>A source that fails is in quarantine: it is not asked for a second, and for twice as long
 *       with each failure, up to a minute; also if no other works. What was asked of it is asked
 *       again, of the next source or later.
 *   <li>A source that was asked and has given nothing for the {@link Builder#patience} is slow. If
 *       there are others it is in quarantine as well, and they serve; what it was asked for stays
 *       asked, and its answer brings it back.
 * </ul>
 *
 * <p>Nothing here has a thread: whoever serves from it calls {@link #look} again after {@link
 * #nanosUntilDue}.
 */
public final class SupervisedSources implements EntropyBackend {
  /** How long a source that was asked may give nothing, unless chosen. */
  public static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(5);

  private final DerivedBackend together;
  private final NanoClock clock;
  private final long patience;
  private List<Member> members;
  private FirstThatWorks choice;

  private SupervisedSources(Builder builder) {
    clock = builder.clock;
    patience = builder.patience;
    String kind = builder.mixed ? "mix" : "failover";
    List<EntropyBackend> sources = builder.sources;
    together =
        new DerivedBackend(
            sources.size() == 1 ? sources.get(0).toString() : Members.name(kind, sources),
            wakeUp -> put(builder, wakeUp));
  }

  private Derivation put(Builder builder, Runnable wakeUp) {
    members = Members.of(builder.sources, wakeUp, clock, builder.listener);
    members.forEach(member -> member.supervise(patience, members.size() > 1));
    if (builder.mixed) {
      return new HashedPool(members, 1);
    }
    choice = new FirstThatWorks(members, true);
    return choice;
  }

  /**
   * Begins with sources of which the first that works serves.
   *
   * @param sources 1 or more, the preferred first; from now on owned by what is built
   * @return a builder
   */
  public static Builder failover(List<EntropyBackend> sources) {
    return new Builder(sources, false);
  }

  /**
   * Begins with sources that are all used at once.
   *
   * @param sources 1 to {@value MixBackend#MAX_SOURCES}; from now on owned by what is built
   * @return a builder
   */
  public static Builder mix(List<EntropyBackend> sources) {
    return new Builder(sources, true);
  }

  /** Collects the settings. */
  public static final class Builder {
    private final List<EntropyBackend> sources;
    private final boolean mixed;
    private NanoClock clock = NanoClock.system();
    private SourceListener listener = SourceListener.logging();
    private long patience = DEFAULT_PATIENCE.toNanos();

    private Builder(List<EntropyBackend> sources, boolean mixed) {
      this.sources = List.copyOf(sources);
      this.mixed = mixed && sources.size() > 1;
      int most = mixed ? MixBackend.MAX_SOURCES : Integer.MAX_VALUE;
      if (sources.isEmpty() || sources.size() > most) {
        throw new IllegalArgumentException(
            sources.size() + " sources; 1 to " + most + " are accepted");
      }
    }

    /**
     * Sets the clock of pauses and patience.
     *
     * @param time the clock; the host's unless set
     * @return this
     */
    public Builder clock(NanoClock time) {
      clock = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * Sets who is told.
     *
     * @param told the listener; {@link SourceListener#logging} unless set
     * @return this
     */
    public Builder listener(SourceListener told) {
      listener = Objects.requireNonNull(told, "told");
      return this;
    }

    /**
     * Sets how long a source that was asked may give nothing.
     *
     * @param time a millisecond or more; {@link #DEFAULT_PATIENCE} unless set
     * @return this
     */
    public Builder patience(Duration time) {
      if (time.toMillis() < 1) {
        throw new IllegalArgumentException("a patience of " + time + "; 1 ms or more is accepted");
      }
      patience = time.toNanos();
      return this;
    }

    /**
     * Makes the source.
     *
     * @return the source
     */
    public SupervisedSources build() {
      return new SupervisedSources(this);
    }
  }

  /**
   * How the sources are. May be called by any thread.
   *
   * @return in the order in which they were given
   */
  public List<SourceStatus> statuses() {
    return members.stream()
        .map(member -> member.status(choice == null ? !member.isDown() : choice.isCurrent(member)))
        .toList();
  }

  /** Gets on with what waits: asks what may be asked again, and gives up what is slow. */
  public void look() {
    if (nanosUntilDue() == 0) {
      together.progress();
    }
  }

  /**
   * When {@link #look} has something to see, unless a source answers before.
   *
   * @return in nanoseconds; very many if nothing waits
   */
  public long nanosUntilDue() {
    if (!together.hasWaiting()) {
      return Long.MAX_VALUE;
    }
    long now = clock.nanoTime();
    long due = Long.MAX_VALUE;
    for (Member member : members) {
      due = Math.min(due, member.nanosUntilDue(now));
    }
    return due;
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    return together.fill(target, index, length);
  }

  @Override
  public void submit(EntropyRequest request) {
    together.submit(request);
  }

  @Override
  public void cancel(EntropyRequest request) {
    together.cancel(request);
  }

  @Override
  public void close() {
    together.close();
  }

  @Override
  public String toString() {
    return together.toString();
  }
}

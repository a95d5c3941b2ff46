package io.virtentropy.ratelimit.htb;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** One thing that the consumers, the operator or the clock of a tree do. */
record Action(Kind kind, int which, long amount) {
  enum Kind {
    ADVANCE,
    /** Until somebody may be ready. */
    SLEEP,
    ACQUIRE,
    /** All or nothing, or a part of it at least. */
    ACQUIRE_AT_LEAST,
    /** By whose turn it is. */
    ACQUIRE_READY,
    /** A part of the last grant. */
    REFUND,
    ASK,
    WITHDRAW,
    CHANGE,
    ADD,
    REMOVE
  }

  /** The fewest bytes that are of use to who acquires. */
  long least() {
    return kind == Kind.ACQUIRE_AT_LEAST ? Math.max(1, amount / (1 + which % 4)) : 1;
  }

  static Arbitrary<Action> any() {
    return Combinators.combine(
            Arbitraries.frequency(
                Tuple.of(4, Kind.ADVANCE),
                Tuple.of(4, Kind.SLEEP),
                Tuple.of(12, Kind.ACQUIRE),
                Tuple.of(6, Kind.ACQUIRE_AT_LEAST),
                Tuple.of(6, Kind.ACQUIRE_READY),
                Tuple.of(2, Kind.REFUND),
                Tuple.of(2, Kind.ASK),
                Tuple.of(1, Kind.WITHDRAW),
                Tuple.of(1, Kind.CHANGE),
                Tuple.of(1, Kind.ADD),
                Tuple.of(1, Kind.REMOVE)),
            Arbitraries.integers().between(0, 30),
            Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.longs().between(1, 100)),
                Tuple.of(2, Arbitraries.longs().between(1, 100_000)),
                Tuple.of(1, Arbitraries.longs().between(1, 10_000_000_000L))))
        .as(Action::new);
  }
}

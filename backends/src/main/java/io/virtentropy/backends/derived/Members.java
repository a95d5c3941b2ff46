package io.virtentropy.backends.derived;

import static java.util.stream.Collectors.joining;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.NanoClock;
import java.util.List;

/** Several sources that another stands on. */
final class Members {
  private Members() {}

  static List<Member> of(
      List<EntropyBackend> sources, Runnable wakeUp, NanoClock clock, SourceListener listener) {
    return sources.stream().map(source -> new Member(source, wakeUp, clock, listener)).toList();
  }

  /** The string form of a source that stands on others. */
  static String name(String kind, List<EntropyBackend> sources) {
    return sources.stream().map(Object::toString).collect(joining(",", kind + "(", ")"));
  }
}

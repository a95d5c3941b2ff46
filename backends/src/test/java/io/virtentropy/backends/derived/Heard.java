package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropySourceException;
import java.util.ArrayList;
import java.util.List;

/** A listener that writes down what it hears. */
final class Heard implements SourceListener {
  final List<String> lines = new ArrayList<>();

  @Override
  public void sourceFailed(String source, EntropySourceException cause, long retryNanos) {
    lines.add(source + " failed, " + retryNanos / 1_000_000 + " ms: " + cause.getMessage());
  }

  @Override
  public void sourceSlow(String source, long nanos) {
    lines.add(source + " slow, " + nanos / 1_000_000 + " ms");
  }

  @Override
  public void sourceReturned(String source) {
    lines.add(source + " returned");
  }
}

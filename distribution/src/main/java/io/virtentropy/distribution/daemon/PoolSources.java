package io.virtentropy.distribution.daemon;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.SourceDefinition;
import io.virtentropy.distribution.serving.LateSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Opens what a pool draws on. */
final class PoolSources {
  private PoolSources() {}

  /**
   * Opens the sources of a pool. Of several, some may be missing; they are opened when they are
   * there.
   *
   * @param opener opens one by its string form
   * @throws EntropySourceException if one can't be a source, or none is there
   */
  static List<EntropyBackend> open(PoolDefinition pool, Function<String, EntropyBackend> opener) {
    List<EntropyBackend> opened = new ArrayList<>();
    EntropySourceException missing = null;
    boolean there = false;
    boolean complete = false;
    try {
      for (SourceDefinition source : pool.sources()) {
        String name = source.origin().backend();
        try {
          opened.add(opener.apply(name));
          there = true;
        } catch (EntropySourceException e) {
          if (e.reason() == Reason.UNSUITABLE) {
            throw e;
          }
          missing = e;
          opened.add(new LateSource(name, () -> opener.apply(name)));
        }
      }
      if (!there) {
        throw missing;
      }
      complete = true;
      return opened;
    } finally {
      if (!complete) {
        opened.forEach(EntropyBackend::close);
      }
    }
  }
}

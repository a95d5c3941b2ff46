package io.virtentropy.backends.thirdparty;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackendProvider;
import io.virtentropy.backends.SourceOpener;
import io.virtentropy.backends.SourceSettings;
import io.virtentropy.backends.SourceSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A source of somebody else's that stands on others: it delivers from the first one it has. */
public final class Tower implements EntropyBackend {
  /** Those not closed, of the whole test run. */
  public static final List<Tower> OPEN = new ArrayList<>();

  private final String name;
  private final List<EntropyBackend> below;

  private Tower(String name, List<EntropyBackend> below) {
    this.name = name;
    this.below = below;
    OPEN.add(this);
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    return below.get(0).fill(target, index, length);
  }

  @Override
  public void close() {
    OPEN.remove(this);
    below.forEach(EntropyBackend::close);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Makes it known by name. */
  public static final class Provider implements EntropyBackendProvider {
    @Override
    public String name() {
      return "tower";
    }

    @Override
    public String usage() {
      return "tower(SOURCE...)";
    }

    @Override
    public EntropyBackend open(SourceSpec spec, SourceOpener opener) {
      SourceSettings settings = SourceSettings.of(spec, "storeys", "falls");
      List<EntropyBackend> below = new ArrayList<>();
      spec.sources().forEach(source -> below.add(opener.open(source)));
      if (settings.isOn("falls", false)) {
        throw new IllegalStateException("it fell");
      }
      return new Tower("tower of " + settings.bytes("storeys", 1, 1, 9) + " on " + below, below);
    }
  }
}

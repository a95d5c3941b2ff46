package io.virtentropy.backends.thirdparty;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackendProvider;
import java.nio.ByteBuffer;

/** A source of somebody else's, as small as the interface allows; the dice are loaded. */
public final class Dice implements EntropyBackend {
  @Override
  public int fill(ByteBuffer target, int index, int length) {
    for (int i = 0; i < length; i++) {
      target.put(index + i, (byte) 6);
    }
    return length;
  }

  @Override
  public String toString() {
    return "dice";
  }

  @Override
  public void close() {}

  /** Known by the service loader through the test resources. */
  public static class Provider implements EntropyBackendProvider {
    @Override
    public String name() {
      return "dice";
    }

    @Override
    public String usage() {
      return "dice:DEVICE";
    }

    @Override
    public EntropyBackend open(String argument) {
      return switch (argument) {
        case "nothing" -> null;
        case "throw" -> throw new IllegalStateException("no table");
        case "link" -> throw new NoClassDefFoundError("dice/Table");
        default -> new Dice();
      };
    }
  }

  /** Another provider of the same name. */
  public static final class OtherProvider extends Provider {}

  /** A provider that can't be made. */
  public static final class BrokenProvider extends Provider {
    /** Never succeeds. */
    public BrokenProvider() {
      throw new NoClassDefFoundError("dice/Table");
    }
  }

  /** A provider that does not say its name. */
  public static final class NamelessProvider extends Provider {
    @Override
    public String name() {
      return null;
    }
  }
}

package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackendProvider;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;

/**
 * Makes {@code egd:…} known by name. The sources opened so share one thread.
 *
 * <p>Names no class of Netty's, so that other sources can be opened where that is missing.
 */
public final class EgdProvider implements EntropyBackendProvider {
  /** Called by the service loader. */
  public EgdProvider() {}

  @Override
  public String name() {
    return "egd";
  }

  @Override
  public String usage() {
    return "egd:KIND:ADDRESS";
  }

  @Override
  public EntropyBackend open(String argument) {
    EgdSpec spec = new EgdSpec(argument);
    EgdAddress address = spec.address();
    try {
      return Opening.open(spec, address);
    } catch (NoClassDefFoundError e) {
      throw new EntropySourceException(
          Reason.UNSUITABLE,
          "'egd:"
              + argument
              + "' needs io.netty:netty-buffer, which is neither on the class path nor, as module"
              + " io.netty.buffer, among the resolved modules",
          e);
    }
  }

  /** What is loaded only when a source is opened. */
  private static final class Opening {
    private Opening() {}

    static EntropyBackend open(EgdSpec spec, EgdAddress address) {
      EgdLoop loop = SharedLoop.acquire();
      boolean opened = false;
      try {
        EgdBackend.Builder builder =
            EgdBackend.builder(address, loop)
                .listener(new EgdLog())
                .whenClosed(SharedLoop::release);
        spec.applyTo(builder);
        EgdBackend backend = builder.open();
        opened = true;
        return backend;
      } finally {
        if (!opened) {
          SharedLoop.release();
        }
      }
    }
  }
}

package io.virtentropy.examples.hexsource;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackendProvider;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Makes {@code hex:FILE} known by name. Named in {@code module-info} and in META-INF/services. */
public final class HexSourceProvider implements EntropyBackendProvider {
  /** Called by the service loader. */
  public HexSourceProvider() {}

  @Override
  public String name() {
    return "hex";
  }

  @Override
  public String usage() {
    return "hex:FILE";
  }

  @Override
  public EntropyBackend open(String argument) {
    if (argument.isEmpty()) {
      throw new EntropySourceException(
          Reason.UNSUITABLE, "hex needs the file that prints the bytes; hex:FILE is accepted");
    }
    try {
      return HexSource.open(Path.of(argument));
    } catch (InvalidPathException e) {
      throw new EntropySourceException(
          Reason.UNSUITABLE, "'" + argument + "' is not a file name: " + e.getReason(), e);
    }
  }
}

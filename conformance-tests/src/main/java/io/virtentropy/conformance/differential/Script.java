package io.virtentropy.conformance.differential;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A script as it is kept: steps, one in each line, and for which arrangement, in a comment such as
 * {@code # arrangement: express}; the transitional one if none is named.
 *
 * @param arrangement what the devices are
 * @param steps what is done
 */
public record Script(Arrangement arrangement, List<Step> steps) {
  private static final String HEADER = "# arrangement:";

  /**
   * Makes a script.
   *
   * @param arrangement what the devices are
   * @param steps what is done
   */
  public Script {
    steps = List.copyOf(steps);
  }

  /**
   * Reads a script.
   *
   * @param file where it is
   * @return the script
   * @throws IOException if the file can't be read
   * @throws IllegalArgumentException if it holds something else
   */
  public static Script read(Path file) throws IOException {
    String text = Files.readString(file);
    Arrangement arrangement =
        text.lines()
            .filter(line -> line.startsWith(HEADER))
            .map(line -> Arrangement.named(line.substring(HEADER.length()).strip()))
            .findFirst()
            .orElse(Arrangement.TRANSITIONAL);
    return new Script(arrangement, Step.parseAll(text));
  }
}

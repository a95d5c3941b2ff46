package io.virtentropy.distribution.fuzz;

import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.PoolXmlFormatter;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.xml.InvalidXmlException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A fuzz target for definitions of pools: any text is a definition that can be written and read
 * again, or is refused in one line that says where. Run by {@code distribution/fuzz pool-xml}, and
 * over the corpus by {@link FuzzCorpusTest}.
 */
public final class PoolXmlFuzz {
  private static final PoolXmlParser PARSER = new PoolXmlParser(() -> new UUID(1, 2));

  private PoolXmlFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    PoolDefinition pool;
    try {
      pool = PARSER.parse(Refusals.DOCUMENT, new String(data, StandardCharsets.UTF_8));
    } catch (InvalidXmlException e) {
      Refusals.check(e);
      return;
    }
    String written = PoolXmlFormatter.format(pool);
    PoolDefinition again = PARSER.parse("written", written);
    if (!pool.equals(again)) {
      throw new AssertionError(pool + " was written as " + written + " and read as " + again);
    }
    Path folder = Path.of("/pools");
    Path file = folder.resolve(pool.name() + ".xml");
    if (!file.normalize().equals(file) || !folder.equals(file.getParent())) {
      throw new AssertionError("the name '" + pool.name() + "' leads to " + file);
    }
  }
}

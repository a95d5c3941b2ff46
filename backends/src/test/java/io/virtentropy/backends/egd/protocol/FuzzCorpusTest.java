package io.virtentropy.backends.egd.protocol;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Replays what fuzzing has found worth keeping. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class FuzzCorpusTest {
  @Test
  void should_decode_the_corpus_of_requests() throws Exception {
    replay("requests", RequestDecoderFuzz::fuzzerTestOneInput);
  }

  @Test
  void should_decode_the_corpus_of_replies() throws Exception {
    replay("replies", ReplyDecoderFuzz::fuzzerTestOneInput);
  }

  private static void replay(String name, Consumer<byte[]> target)
      throws IOException, URISyntaxException {
    Path corpus = Path.of(FuzzCorpusTest.class.getResource("/fuzz/egd-" + name).toURI());
    int replayed = 0;
    try (Stream<Path> files = Files.list(corpus)) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        try {
          target.accept(Files.readAllBytes(file));
        } catch (RuntimeException | Error e) {
          throw new AssertionError(file.toString(), e);
        }
        replayed++;
      }
    }
    assertTrue(replayed >= 10, replayed + " inputs");
  }
}

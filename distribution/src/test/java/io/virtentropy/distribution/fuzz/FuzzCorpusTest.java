package io.virtentropy.distribution.fuzz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.libvirt.DomainXmlFuzz;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Replays what fuzzing has found worth keeping. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class FuzzCorpusTest {
  @Test
  void should_read_or_refuse_the_corpus_of_pools() throws Exception {
    replay("pool-xml", PoolXmlFuzz::fuzzerTestOneInput);
  }

  @Test
  void should_read_or_refuse_the_corpus_of_devices() throws Exception {
    replay("rng-xml", RngXmlFuzz::fuzzerTestOneInput);
  }

  @Test
  void should_place_or_refuse_the_corpus_of_domains() throws Exception {
    replay("domain-xml", DomainXmlFuzz::fuzzerTestOneInput);
  }

  @Test
  void should_answer_the_corpus_of_calls_and_stay() throws Exception {
    HttpFuzz.fuzzerInitialize();
    try {
      replay("http", HttpFuzz::fuzzerTestOneInput);
    } finally {
      HttpFuzz.fuzzerTearDown();
    }
  }

  private static void replay(String name, Consumer<byte[]> target)
      throws IOException, URISyntaxException {
    Path corpus = Path.of(FuzzCorpusTest.class.getResource("/fuzz/" + name).toURI());
    List<Path> inputs;
    try (Stream<Path> files = Files.list(corpus)) {
      inputs = files.sorted().toList();
    }
    assertTrue(inputs.size() >= 10, inputs.size() + " inputs");
    for (Path input : inputs) {
      try {
        target.accept(Files.readAllBytes(input));
      } catch (RuntimeException | Error e) {
        throw new AssertionError(input.toString(), e);
      }
    }
  }
}

package io.virtentropy.conformance.junit;

import io.virtentropy.conformance.egd.EgdConversation;
import io.virtentropy.conformance.egd.EgdDeviation;
import io.virtentropy.conformance.egd.EgdServerUnderTest;
import io.virtentropy.conformance.egd.EgdStep;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The EGD protocol as JUnit tests of a server. To have one's own server checked, extend this:
 *
 * <pre>{@code
 * final class MyServerTest extends EgdServerSpecification {
 *   @Override
 *   protected EgdServerUnderTest server() {
 *     return new MyServerUnderTest();
 *   }
 * }
 * }</pre>
 *
 * <p>What a declared deviation forbids counts as aborted, with the deviation's reason.
 */
public abstract class EgdServerSpecification {
  private static final int STEPS = 40;

  /** For classes that extend this. */
  protected EgdServerSpecification() {}

  /**
   * Starts the server to be checked.
   *
   * @return a server with an empty source; each test has one of its own, and closes it
   * @throws Exception if it can't be started
   */
  protected abstract EgdServerUnderTest server() throws Exception;

  /**
   * Says how many random conversations to have.
   *
   * @return 20 unless overridden; their seeds are 1, 2, 3, …
   */
  protected int conversations() {
    return 20;
  }

  /**
   * Called by JUnit.
   *
   * @return a test for each rule, and one for each random conversation
   */
  @TestFactory
  public final Stream<DynamicNode> conversation() {
    Stream<DynamicTest> rules =
        rules().entrySet().stream()
            .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> follow(rule.getValue())));
    Stream<DynamicTest> walks =
        IntStream.rangeClosed(1, conversations())
            .mapToObj(seed -> DynamicTest.dynamicTest("seed " + seed, () -> walk(seed)));
    return Stream.of(
        DynamicContainer.dynamicContainer("An EGD server", rules),
        DynamicContainer.dynamicContainer("A random conversation of an EGD server", walks));
  }

  private static Map<String, List<EgdStep>> rules() {
    Map<String, List<EgdStep>> rules = new LinkedHashMap<>();
    rules.put("should say how much there is", List.of(new EgdStep.Level(), supply(), level()));
    rules.put(
        "should give what there is, and say how much that is",
        List.of(new EgdStep.Supply(10), new EgdStep.Poll(4), new EgdStep.Poll(255)));
    rules.put(
        "should say that there is nothing", List.of(new EgdStep.Poll(255), new EgdStep.Poll(1)));
    rules.put("should answer a poll for nothing", List.of(supply(), new EgdStep.Poll(0), level()));
    rules.put(
        "should give the largest read whole, without a length before it",
        List.of(supply(), new EgdStep.Read(255), new EgdStep.Read(1)));
    rules.put("should stay silent at a read of nothing", List.of(new EgdStep.Read(0), level()));
    rules.put(
        "should keep a read waiting until there is all it wants",
        List.of(new EgdStep.Supply(7), new EgdStep.Read(64), new EgdStep.Supply(100), level()));
    rules.put(
        "should answer in order what was sent behind a read that waits",
        List.of(new EgdStep.Read(8), level(), new EgdStep.Pid(), new EgdStep.Poll(9), supply()));
    rules.put(
        "should take a contribution and answer nothing",
        List.of(new EgdStep.Write(16, 2), level(), new EgdStep.Write(0xffff, 32), level()));
    rules.put("should take the largest contribution", List.of(new EgdStep.Write(8, 255), level()));
    rules.put("should take a contribution of nothing", List.of(new EgdStep.Write(8, 0), level()));
    rules.put("should give its process number", List.of(new EgdStep.Pid()));
    rules.put(
        "should take a command in two pieces",
        List.of(
            supply(),
            new EgdStep.Cut(new EgdStep.Poll(5), 1),
            new EgdStep.Cut(new EgdStep.Read(5), 1),
            new EgdStep.Cut(new EgdStep.Write(16, 2), 3),
            level()));
    rules.put(
        "should close at what is no command, and do nothing behind it",
        List.of(supply(), new EgdStep.Read(3), new EgdStep.Junk(0x93)));
    rules.put("should close at the end of the client", List.of(level(), new EgdStep.End("")));
    rules.put(
        "should close at an unfinished command", List.of(level(), new EgdStep.End("03000802aa")));
    rules.put(
        "should give a client that has closed its side what it is owed",
        List.of(new EgdStep.Read(20), new EgdStep.End(""), new EgdStep.Supply(50)));
    return rules;
  }

  private static EgdStep supply() {
    return new EgdStep.Supply(300);
  }

  private static EgdStep level() {
    return new EgdStep.Level();
  }

  private void follow(List<EgdStep> steps) throws Exception {
    try (EgdServerUnderTest server = server();
        EgdConversation conversation = converse(server, 0)) {
      for (EgdStep step : steps) {
        Optional<EgdDeviation> deviation = conversation.apply(step);
        Assumptions.assumeTrue(
            deviation.isEmpty(),
            () -> "known as " + deviation.get().quirk() + ": " + deviation.get().reason());
      }
    }
  }

  private void walk(int seed) throws Exception {
    SplittableRandom random = new SplittableRandom(seed);
    List<EgdStep> steps = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      steps.add(EgdStep.any(random));
    }
    try (EgdServerUnderTest server = server();
        EgdConversation conversation = converse(server, seed)) {
      for (EgdStep step : steps) {
        conversation.apply(step);
      }
    }
  }

  private static EgdConversation converse(EgdServerUnderTest server, long seed) throws Exception {
    return new EgdConversation(server, new SplittableRandom(seed), EgdConversation.PATIENCE);
  }
}

package io.virtentropy.conformance.egd;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.state.Transformer;

/** A conversation as jqwik makes it up, step by step. */
final class Talk<S extends EgdServerUnderTest> implements AutoCloseable {
  final S server;
  private final EgdConversation conversation;

  private Talk(S server) {
    this.server = server;
    try {
      conversation = new EgdConversation(server, new SplittableRandom(1), EgdConversation.PATIENCE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  EgdModel model() {
    return conversation.model();
  }

  private void apply(EgdStep step) {
    try {
      conversation.apply(step);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the conversation, not the server. */
  @Override
  public void close() {
    try {
      conversation.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static <S extends EgdServerUnderTest> Arbitrary<ActionChain<Talk<S>>> talks(
      Supplier<S> server, int steps) {
    return ActionChain.startWith(() -> new Talk<>(server.get()))
        .withAction(10, Talk.<S>doing(requests()))
        .withAction(
            4, Talk.<S>doing(Arbitraries.integers().between(1, 400).map(EgdStep.Supply::new)))
        .withAction(1, Talk.<S>doing(Arbitraries.integers().between(5, 255).map(EgdStep.Junk::new)))
        .withAction(1, Talk.<S>doing(Arbitraries.of(EgdStep.BEGINNINGS).map(EgdStep.End::new)))
        .withMaxTransformations(steps);
  }

  private static <S extends EgdServerUnderTest> Action.Independent<Talk<S>> doing(
      Arbitrary<? extends EgdStep> steps) {
    return () -> steps.map(step -> Transformer.mutate(step.toString(), talk -> talk.apply(step)));
  }

  /** Any request, whole or cut anywhere. */
  private static Arbitrary<EgdStep> requests() {
    return Combinators.combine(
            Arbitraries.randomValue(EgdStep::request), Arbitraries.doubles().between(0, 1))
        .as((request, cut) -> new EgdStep.Cut(request, (int) (cut * request.encode().length)));
  }
}

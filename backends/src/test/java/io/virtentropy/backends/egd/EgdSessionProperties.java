package io.virtentropy.backends.egd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.state.Action;
import net.jqwik.api.state.ActionChain;
import net.jqwik.api.state.ActionChainArbitrary;
import net.jqwik.api.state.Transformer;

/**
 * Our client against a server that answers late, in pieces, not at all or with what it was not
 * asked for, breaks off and comes back; in virtual time. {@link SessionModel} knows what each
 * request must get.
 */
@Label("A client of EGD")
final class EgdSessionProperties {
  @Property(tries = 600)
  @Label("should give each request its own bytes and lose none, whatever its server does")
  void connection(@ForAll("chains") ActionChain<SessionModel> chain) {
    SessionModel end = chain.run();
    end.settle();
    end.close();
    assertEquals(EgdState.CLOSED, end.session.state());
  }

  @Property(tries = 300)
  @Label("should do so on a pipe, which can't be ended")
  void pipe(@ForAll("pipeChains") ActionChain<SessionModel> chain) {
    SessionModel end = chain.run();
    end.settle();
    end.close();
  }

  @Provide
  ActionChainArbitrary<SessionModel> chains() {
    return chainsOf(() -> new SessionModel(SessionModel.options(4), false));
  }

  @Provide
  ActionChainArbitrary<SessionModel> pipeChains() {
    return chainsOf(() -> new SessionModel(SessionModel.options(3), true));
  }

  private static ActionChainArbitrary<SessionModel> chainsOf(
      java.util.function.Supplier<SessionModel> start) {
    return ActionChain.startWith(start)
        .withAction(6, new Ask())
        .withAction(2, new Cancel())
        .withAction(8, new Answer())
        .withAction(1, event("babbles", SessionModel::connected, SessionModel::babble))
        .withAction(1, event("hangs up", SessionModel::connected, SessionModel::hangUp))
        .withAction(1, event("resets", SessionModel::connected, SessionModel::reset))
        .withAction(1, event("takes no more", SessionModel::canFill, SessionModel::fill))
        .withAction(1, event("takes a little", SessionModel::connected, model -> model.makeRoom(3)))
        .withAction(
            2, event("takes much", SessionModel::connected, model -> model.makeRoom(1 << 20)))
        .withAction(1, event("answers the door", SessionModel::attempting, SessionModel::comeRound))
        .withAction(2, new Doors())
        .withAction(3, new Pass())
        .withMaxTransformations(60);
  }

  private static Action.Independent<SessionModel> event(
      String name,
      java.util.function.Predicate<SessionModel> possible,
      java.util.function.Consumer<SessionModel> event) {
    return new Action.Independent<>() {
      @Override
      public boolean precondition(SessionModel model) {
        return possible.test(model);
      }

      @Override
      public Arbitrary<Transformer<SessionModel>> transformer() {
        return Arbitraries.just(Transformer.mutate("the server " + name, event));
      }
    };
  }

  /** A request of any size, some of them the interesting ones. */
  static final class Ask implements Action.Independent<SessionModel> {
    @Override
    public boolean precondition(SessionModel model) {
      return model.waiting().size() < 12;
    }

    @Override
    public Arbitrary<Transformer<SessionModel>> transformer() {
      return Arbitraries.oneOf(
              Arbitraries.of(1, 64, 254, 255, 256, 510, 511, 1000),
              Arbitraries.integers().between(1, 2000))
          .map(length -> Transformer.mutate("ask for " + length, model -> model.ask(length)));
    }
  }

  /** Any of those that wait is no longer wanted. */
  static final class Cancel implements Action.Dependent<SessionModel> {
    @Override
    public boolean precondition(SessionModel model) {
      return !model.waiting().isEmpty();
    }

    @Override
    public Arbitrary<Transformer<SessionModel>> transformer(SessionModel model) {
      return Arbitraries.integers()
          .between(0, model.waiting().size() - 1)
          .map(
              index ->
                  Transformer.mutate(
                      "cancel " + index, state -> state.cancel(state.waiting().get(index))));
    }
  }

  /** Bytes of what is owed: one, some, all. */
  static final class Answer implements Action.Independent<SessionModel> {
    @Override
    public boolean precondition(SessionModel model) {
      return model.owed() > 0;
    }

    @Override
    public Arbitrary<Transformer<SessionModel>> transformer() {
      return Arbitraries.oneOf(Arbitraries.of(1, 2, 3000), Arbitraries.integers().between(1, 600))
          .map(bytes -> Transformer.mutate("answer " + bytes, model -> model.answer(bytes)));
    }
  }

  /** How attempts come out from now on. */
  static final class Doors implements Action.Independent<SessionModel> {
    @Override
    public Arbitrary<Transformer<SessionModel>> transformer() {
      return Arbitraries.of(SessionModel.Door.class)
          .map(door -> Transformer.mutate("the door is " + door, model -> model.door = door));
    }
  }

  /** Time, from a moment to longer than any time-out. */
  static final class Pass implements Action.Independent<SessionModel> {
    @Override
    public Arbitrary<Transformer<SessionModel>> transformer() {
      return Arbitraries.of(1, 50, 100, 1_000, 9_999, 10_000, 30_000, 59_999, 60_000)
          .map(
              millis ->
                  Transformer.mutate(
                      millis + " ms pass", model -> model.pass(millis * 1_000_000L)));
    }
  }
}

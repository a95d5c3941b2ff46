package io.virtentropy.conformance.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.virtentropy.conformance.junit.EntropyBackendContract;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

@DisplayName("The contract of a source")
final class EntropyBackendContractTest {
  /** The patience with a source that never answers is so short that others may run out of it. */
  private static final String ANY = "any";

  /** A broken source, the test that is there to find it, and the tests that stumble over it too. */
  enum Fault {
    DELIVERS_SIXTEEN_BYTES_TWICE(
        BrokenBackends.DeliversSixteenBytesTwice.class,
        "should_deliver_no_byte_twice",
        "should_keep_nothing_of_what_it_has_delivered"),
    WRITES_ONE_BYTE_TOO_MANY(
        BrokenBackends.WritesOneByteTooMany.class,
        "should_write_only_what_it_says_and_only_where_it_was_asked_to"),
    MOVES_THE_POSITION(
        BrokenBackends.MovesThePosition.class,
        "should_write_only_what_it_says_and_only_where_it_was_asked_to"),
    SERVES_THE_LAST_FIRST(
        BrokenBackends.ServesTheLastFirst.class,
        "should_complete_requests_in_the_order_they_were_submitted"),
    WRITES_INTO_CANCELLED_REQUESTS(
        BrokenBackends.WritesIntoCancelledRequests.class,
        "should_let_go_of_cancelled_requests_and_serve_the_next",
        "should_serve_a_request_again_and_again_after_cancels",
        "should_deliver_nothing_twice_and_nothing_to_the_wrong_one_when_cancelled_while_delivering"),
    KEEPS_CANCELLED_REQUESTS(
        BrokenBackends.KeepsCancelledRequests.class,
        "should_let_go_of_cancelled_requests_and_serve_the_next",
        ANY),
    LEAVES_REQUESTS_WHEN_CLOSED(
        BrokenBackends.LeavesRequestsWhenClosed.class,
        "should_end_every_request_when_it_is_closed",
        ANY),
    WAITS_IN_FILL(
        BrokenBackends.WaitsInFill.class, "should_return_from_a_fill_rather_than_wait", ANY),
    KEEPS_WHAT_IT_DELIVERED(
        BrokenBackends.KeepsWhatItDelivered.class, "should_keep_nothing_of_what_it_has_delivered"),
    KEEPS_THE_REST_WHEN_CLOSED(
        BrokenBackends.KeepsTheRestWhenClosed.class, "should_wipe_what_it_holds_when_it_is_closed"),
    SWALLOWS_INTERRUPTS(
        BrokenBackends.SwallowsInterrupts.class, "should_not_mind_that_its_caller_is_interrupted"),
    KNOWS_ONE_THREAD_ONLY(
        BrokenBackends.KnowsOneThreadOnly.class,
        "should_not_mind_which_thread_calls_as_long_as_it_is_one_at_a_time"),
    CAN_NOT_BE_ASKED_WHILE_IT_ANSWERS(
        BrokenBackends.CanNotBeAskedWhileItAnswers.class,
        "should_take_a_request_from_within_the_wake_up_of_another"),
    WRITES_AND_THEN_FAILS(
        BrokenBackends.WritesAndThenFails.class,
        "should_fail_in_one_sentence_and_with_nothing_written_and_serve_again_when_repaired"),
    SHOWS_ITS_STATE(BrokenBackends.ShowsItsState.class, "should_not_show_contents");

    private final Class<? extends EntropyBackendContract> broken;
    private final String test;

    @SuppressWarnings("ImmutableEnumChecker") // Set.of makes none that could change
    private final Set<String> mayStumble;

    Fault(Class<? extends EntropyBackendContract> broken, String test, String... mayStumble) {
      this.broken = broken;
      this.test = test;
      this.mayStumble = Set.of(mayStumble);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("should find each fault by the test that is there for it")
  void finds(Fault fault) {
    Set<String> failed = failedTestsOf(fault.broken);

    assertTrue(failed.contains(fault.test), () -> fault.test + " is not among " + failed);
    failed.remove(fault.test);
    failed.removeAll(fault.mayStumble);
    if (!fault.mayStumble.contains(ANY)) {
      assertEquals(Set.of(), failed, "tests that have nothing to do with " + fault);
    }
  }

  @Test
  @DisplayName("should find nothing wrong with a source that is right")
  void passes() {
    assertEquals(Set.of(), failedTestsOf(BrokenBackends.Correct.class));
  }

  private static Set<String> failedTestsOf(Class<?> contract) {
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request().selectors(selectClass(contract)).build();
    Set<String> failed = new TreeSet<>();
    Set<String> run = new TreeSet<>();
    LauncherFactory.create()
        .execute(
            request,
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                String name =
                    test.getSource()
                        .filter(MethodSource.class::isInstance)
                        .map(source -> ((MethodSource) source).getMethodName())
                        .orElse(test.getDisplayName());
                run.add(name);
                if (result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
                  failed.add(name);
                }
              }
            });
    assertTrue(run.size() > 15, () -> "only " + run + " have run");
    return failed;
  }
}

package io.virtentropy.conformance.spec;

/** What came of one check on one device. */
public sealed interface Outcome {
  /** The device does what the requirement asks. */
  record Pass() implements Outcome {}

  /**
   * The device does something else.
   *
   * @param found what was expected and what was seen
   */
  record Fail(String found) implements Outcome {}

  /**
   * The requirement doesn't bind this device, or nothing here can show whether it is met.
   *
   * @param reason why
   */
  record NotApplicable(String reason) implements Outcome {}

  /**
   * The device does something else, and that is known of it.
   *
   * @param deviation what is known
   * @param found what was expected and what was seen
   */
  record Known(Deviation deviation, String found) implements Outcome {}
}

package io.virtentropy.conformance.differential;

import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.qemu.QemuSilentException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Runs scripts on two devices and compares what each step shows. Both are kept alive from script to
 * script, between which the machines are reset; after a mismatch both are started afresh. One
 * thread at a time.
 */
public final class Comparison implements AutoCloseable {
  private final Supplier<? extends DeviceUnderTest> makeReference;
  private final Supplier<? extends DeviceUnderTest> makeSubject;
  private final Arrangement arrangement;
  private final KnownDifference.Set known;
  private DeviceUnderTest reference;
  private DeviceUnderTest subject;
  private ScriptDriver referenceDriver;
  private ScriptDriver subjectDriver;
  private List<Step> previous = List.of();
  private RuntimeException failure;
  private boolean silent;
  private long steps;
  private long explained;

  /**
   * Makes a comparison. Nothing is started yet.
   *
   * @param arrangement what both are
   * @param reference starts the one that is right
   * @param subject starts the one that is compared with it
   * @param known what they may differ in
   */
  public Comparison(
      Arrangement arrangement,
      Supplier<? extends DeviceUnderTest> reference,
      Supplier<? extends DeviceUnderTest> subject,
      KnownDifference.Set known) {
    this.arrangement = arrangement;
    this.makeReference = reference;
    this.makeSubject = subject;
    this.known = known;
  }

  /**
   * Runs a script on both. After it the BARs are placed once more, so that what it did out of sight
   * is seen with it and not with the next one.
   *
   * @param script its steps; those that a known difference excludes are left out
   * @return empty if all that was seen is equal
   */
  public Optional<Mismatch> run(List<Step> script) {
    List<Step> whole = new ArrayList<>(script);
    // A queue that is left would be part of the next script.
    whole.add(Step.of(arrangement.hasModern() ? Verb.STATUS : Verb.LEGACY_STATUS, 0));
    whole.add(Step.of(Verb.DISCOVER));
    List<Step> allowed = known.allowed(whole);
    int done = 0;
    if (!begin()) {
      // What hung or killed a device between two scripts was the last one.
      List<Step> last = new ArrayList<>(previous);
      last.add(Step.of(Verb.SYSTEM_RESET));
      return Optional.of(new Mismatch(last, "  " + failure + "\n"));
    }
    previous = allowed;
    try {
      for (Step step : allowed) {
        done++;
        Observation seen = referenceDriver.run(step);
        String difference = seen.differenceFrom(subjectDriver.run(step));
        steps++;
        if (difference != null) {
          close();
          if (known.explains(seen)) {
            explained++;
            return Optional.empty();
          }
          return Optional.of(new Mismatch(allowed.subList(0, done), difference));
        }
      }
      return Optional.empty();
    } catch (RuntimeException e) {
      silent |= e instanceof QemuSilentException;
      close();
      return Optional.of(new Mismatch(allowed.subList(0, done), "  " + e + "\n"));
    }
  }

  private boolean begin() {
    try {
      return tryToBegin();
    } catch (RuntimeException e) {
      silent |= e instanceof QemuSilentException;
      failure = e;
      close();
      return false;
    }
  }

  private boolean tryToBegin() {
    if (reference == null) {
      reference = makeReference.get();
      subject = makeSubject.get();
      referenceDriver = new ScriptDriver(reference, arrangement);
      subjectDriver = new ScriptDriver(subject, arrangement);
    }
    referenceDriver.begin();
    subjectDriver.begin();
    return true;
  }

  /**
   * Whether a QEMU ever fell silent, which costs its whole deadline each time.
   *
   * @return true once one did
   */
  boolean fellSilent() {
    return silent;
  }

  /**
   * What both devices are.
   *
   * @return as it was given
   */
  public Arrangement arrangement() {
    return arrangement;
  }

  /**
   * How much was compared.
   *
   * @return steps since this was made
   */
  public long steps() {
    return steps;
  }

  /**
   * How many scripts ended early, at a known difference.
   *
   * @return scripts since this was made
   */
  public long explained() {
    return explained;
  }

  /** Ends both devices; the next {@link #run} starts them again. */
  @Override
  public void close() {
    if (subject != null) {
      subject.close();
      subject = null;
    }
    if (reference != null) {
      reference.close();
      reference = null;
    }
  }
}

package io.virtentropy.backends.derived;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** The quarantine of a source, for Flight Recorder. Used only where the JVM has that. */
@Name("io.virtentropy.SourceQuarantined")
@Label("Source Quarantined")
@Description("A noise source failed its health tests and is not used for a while")
@Category({"virtentropy", "Sources"})
@StackTrace(false)
final class QuarantineEvent extends Event {
  @Label("Source")
  final String source;

  @Label("Test")
  final String test;

  @Label("Quarantine")
  @Timespan(Timespan.NANOSECONDS)
  final long quarantine;

  private QuarantineEvent(String source, String test, long quarantine) {
    this.source = source;
    this.test = test;
    this.quarantine = quarantine;
  }

  static void record(String source, String test, long quarantineNanos) {
    new QuarantineEvent(source, test, quarantineNanos).commit();
  }
}

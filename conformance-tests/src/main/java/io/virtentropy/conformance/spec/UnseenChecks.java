package io.virtentropy.conformance.spec;

import java.util.ArrayList;
import java.util.List;

/**
 * Requirements that no driver can see met, or that bind only devices with features that an entropy
 * device has no reason to have. They are listed so that the report leaves out nothing; each says
 * why it is not applicable.
 */
final class UnseenChecks {
  private static final long SUSPEND = 1L << 43;
  private static final String SECTION_OF_SUSPEND = "1.4: 3.4.2";

  private UnseenChecks() {}

  static List<Check> all() {
    Group group = new Group(Group.ALL);
    suspend(group, 1, Strength.MUST, "Ignore SUSPEND until fully initialised.");
    suspend(group, 2, Strength.SHOULD, "While suspended ignore writes but of the status.");
    suspend(group, 3, Strength.MUST_NOT, "While suspended notify nobody and touch no queue.");
    suspend(group, 4, Strength.MUST, "Hold configuration changes back until the device resumes.");
    suspend(group, 5, Strength.MUST, "On SUSPEND suspend, or set DEVICE_NEEDS_RESET.");
    suspend(group, 6, Strength.MUST, "On DRIVER_OK resume, or set DEVICE_NEEDS_RESET.");
    suspend(group, 7, Strength.SHOULD, "Finish what is in work before suspending.");
    group
        .add(
            "BASE-FEAT-08",
            Strength.SHOULD,
            "6.2",
            "Offer SR_IOV if there is an SR-IOV capability.",
            "The extended configuration space.",
            bench -> because("an emulated entropy device has no virtual functions"))
        .add(
            "BASE-NTF-07",
            Strength.SHOULD,
            "2.11",
            "UUIDs of exported objects are of version 4.",
            "Exported objects.",
            bench -> because("an entropy device exports no objects"))
        .add(
            "VQ-SPLIT-06",
            Strength.SHOULD_NOT,
            "2.7.5.1",
            "Don't read a device-writable buffer.",
            "How bytes are copied into buffers.",
            bench -> because("a driver can't see what a device reads"))
        .add(
            "RNG-18",
            Strength.MUST,
            "7.1, 7.3.7",
            "Meet the clauses for devices, for one transport, for entropy and for transition.",
            "The other rows.",
            bench -> because("met if all other rows are"));
    List<Check> all = new ArrayList<>(group.checks());
    all.addAll(
        new Group(Group.PCI)
            .add(
                "PCI-LEG-13",
                Strength.SHOULD,
                "4.1.4.11",
                "A non-transitional device turns away a legacy driver that knows its ids.",
                "A write of 0 at offset 18 of BAR 0.",
                bench -> because("no legacy driver knew the ids of a non-transitional device"))
            .checks());
    return all;
  }

  private static void suspend(Group group, int number, Strength strength, String sentence) {
    group.add(
        "BASE-SUSP-0" + number,
        strength,
        SECTION_OF_SUSPEND,
        sentence,
        "The write of the status byte.",
        bench -> {
          boolean offered = (bench.offered() & SUSPEND) != 0;
          because(offered ? "this suite doesn't check SUSPEND" : "the device offers no SUSPEND");
        });
  }

  private static void because(String reason) {
    throw new NotBound(reason);
  }
}

package io.virtentropy.benchmarks.crowd;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pool that is measured, and what its classes may expect when all of their clients are thirsty:
 *
 * <pre>
 *   source 384
 *   ├── left 192
 *   │   ├── l1 32      limited by its own rate
 *   │   └── l2 64      limited by its own rate
 *   └── right 512      limited by what the source has left
 *       ├── r1 128     a third of it
 *       └── r2 256     two thirds of it
 * </pre>
 *
 * <p>KiB/s, times a factor.
 */
record CrowdPool(String policy, double factor) {
  static final String NAME = "crowd";
  static final List<String> CLASSES = List.of("l1", "l2", "r1", "r2");

  private static final int KIB = 1024;
  private static final int SOURCE = 384;

  private record Share(String name, int rate, List<Share> below) {
    double most() {
      return below.isEmpty() ? rate : Math.min(rate, below.stream().mapToDouble(Share::most).sum());
    }
  }

  private static final List<Share> TOP =
      List.of(
          new Share("left", 192, List.of(leaf("l1", 32), leaf("l2", 64))),
          new Share("right", 512, List.of(leaf("r1", 128), leaf("r2", 256))));

  private static Share leaf(String name, int rate) {
    return new Share(name, rate, List.of());
  }

  /** Where the clients of a class connect. */
  static Path socket(Path folder, String className) {
    return folder.resolve(className + ".sock");
  }

  /** Bytes per second that a class's own limit allows. */
  double limit(String className) {
    for (Share top : TOP) {
      for (Share share : top.below()) {
        if (share.name().equals(className)) {
          return share.rate() * factor * KIB;
        }
      }
    }
    throw new IllegalArgumentException(className + " is no class of the pool");
  }

  /** Bytes per second that each class gets while clients of all classes wait. */
  Map<String, Double> expected() {
    Map<String, Double> all = new LinkedHashMap<>();
    share(SOURCE, TOP, all);
    return all;
  }

  /** Divides by weight, which is the rate, what nobody can use going to the others. */
  private void share(double amount, List<Share> among, Map<String, Double> into) {
    List<Share> open = new ArrayList<>(among);
    double left = amount;
    Map<Share, Double> parts = new LinkedHashMap<>();
    boolean capped = true;
    while (capped) {
      capped = false;
      double weights = open.stream().mapToDouble(Share::rate).sum();
      for (Share share : List.copyOf(open)) {
        double part = left * share.rate() / weights;
        parts.put(share, Math.min(part, share.most()));
        if (part >= share.most()) {
          open.remove(share);
          left -= share.most();
          capped = true;
          break;
        }
      }
    }
    for (Share share : among) {
      if (share.below().isEmpty()) {
        into.put(share.name(), parts.get(share) * factor * KIB);
      } else {
        share(parts.get(share), share.below(), into);
      }
    }
  }

  /** The definition, as an operator would write it. */
  String xml(Path folder) {
    StringBuilder xml = new StringBuilder("<entropypool>\n<name>" + NAME + "</name>\n");
    xml.append("<source type='backend'><backend>builtin</backend>")
        .append(rate(SOURCE))
        .append("</source>\n<classes policy='")
        .append(policy)
        .append("' default='l1'>\n");
    TOP.forEach(share -> append(xml, share));
    xml.append("</classes>\n<outputs>\n");
    for (String name : CLASSES) {
      xml.append("<output type='unix' class='")
          .append(name)
          .append("'><source mode='bind' path='")
          .append(socket(folder, name))
          .append("'/></output>\n");
    }
    return xml.append("</outputs>\n</entropypool>\n").toString();
  }

  private void append(StringBuilder xml, Share share) {
    xml.append("<class name='").append(share.name()).append("'>").append(rate(share.rate()));
    share.below().forEach(below -> append(xml, below));
    xml.append("</class>\n");
  }

  private String rate(int kib) {
    return "<rate bytes='" + Math.round(kib * factor * KIB) + "'/>";
  }
}

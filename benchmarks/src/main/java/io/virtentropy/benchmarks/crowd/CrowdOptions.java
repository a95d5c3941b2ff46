package io.virtentropy.benchmarks.crowd;

import java.util.ArrayList;
import java.util.List;

/** {@code --name value} and {@code --flag}, each asked for by whoever knows it. */
final class CrowdOptions {
  private final List<String> left;
  private final String usage;

  CrowdOptions(String[] arguments, String usage) {
    this.left = new ArrayList<>(List.of(arguments));
    this.usage = usage;
  }

  boolean flag(String name) {
    return left.remove(name);
  }

  String text(String name, String otherwise) {
    int at = left.indexOf(name);
    if (at < 0) {
      return otherwise;
    }
    if (at + 1 == left.size()) {
      throw new IllegalArgumentException(name + " without a value; " + usage);
    }
    left.remove(at);
    return left.remove(at);
  }

  double number(String name, double otherwise) {
    String text = text(name, Double.toString(otherwise));
    try {
      double value = Double.parseDouble(text);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " " + text + "; " + usage, e);
    }
    throw new IllegalArgumentException(name + " " + text + "; " + usage);
  }

  void requireAllKnown() {
    if (!left.isEmpty()) {
      throw new IllegalArgumentException(left + "; " + usage);
    }
  }
}

package io.virtentropy.conformance.differential;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One action of a script: a verb and its numbers. As text, one line: {@code bar.write 4 0x18 2
 * 0x9}.
 *
 * @param verb what is done
 * @param numbers as many as the verb takes; 64 bits each
 */
public record Step(Verb verb, List<Long> numbers) {
  /**
   * Makes a step.
   *
   * @param verb what is done
   * @param numbers as many as the verb takes
   * @throws IllegalArgumentException if there are too few or too many
   */
  public Step {
    numbers = List.copyOf(numbers);
    if (!verb.takes(numbers.size())) {
      throw new IllegalArgumentException(
          verb.word() + " with " + numbers.size() + " numbers; see Verb." + verb.name());
    }
  }

  /**
   * Makes a step.
   *
   * @param verb what is done
   * @param numbers as many as the verb takes
   * @return the step
   */
  public static Step of(Verb verb, long... numbers) {
    return new Step(verb, Arrays.stream(numbers).boxed().toList());
  }

  long number(int index) {
    return numbers.get(index);
  }

  int small(int index) {
    return (int) number(index);
  }

  /**
   * Reads a step.
   *
   * @param line as {@link #toString} writes it
   * @return the step
   * @throws IllegalArgumentException if the line is none
   */
  public static Step parse(String line) {
    String[] words = line.strip().split("\\s+", -1);
    for (Verb verb : Verb.values()) {
      if (verb.word().equals(words[0])) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 1; i < words.length; i++) {
          numbers.add(number(words[i]));
        }
        return new Step(verb, numbers);
      }
    }
    throw new IllegalArgumentException("'" + line + "' begins with no verb; see Verb");
  }

  private static long number(String word) {
    return word.startsWith("0x")
        ? Long.parseUnsignedLong(word, 2, word.length(), 16)
        : Long.parseLong(word);
  }

  /**
   * Reads a script.
   *
   * @param text a step in each line; empty lines and those that begin with # are skipped
   * @return its steps
   */
  public static List<Step> parseAll(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .map(Step::parse)
        .toList();
  }

  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(verb.word());
    for (long each : numbers) {
      boolean decimal = each > -1000 && each < 10;
      line.append(' ').append(decimal ? Long.toString(each) : "0x" + Long.toHexString(each));
    }
    return line.toString();
  }
}

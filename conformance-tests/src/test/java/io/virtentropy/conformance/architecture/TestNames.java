package io.virtentropy.conformance.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The names that tests give themselves, read from their sources. */
final class TestNames {
  private static final String STRING = "\"(?:[^\"\\\\]|\\\\.)*\"";
  private static final Pattern NAME =
      Pattern.compile(
          "@(?:DisplayName|Label)\\(\\s*(" + STRING + "(?:\\s*\\+\\s*" + STRING + ")*)");
  private static final Pattern PART = Pattern.compile(STRING);

  private final Map<String, Set<String>> byClass = new TreeMap<>();

  /** Reads the tests of all modules. */
  static TestNames of(SourceTree tree) {
    TestNames names = new TestNames();
    for (String module : tree.modules()) {
      Path sources = tree.testSourcesOf(module);
      if (Files.isDirectory(sources)) {
        names.read(sources);
      }
    }
    return names;
  }

  private void read(Path sources) {
    try (Stream<Path> files = Files.walk(sources)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        add(file.getFileName().toString().replace(".java", ""), Files.readString(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void add(String testClass, String source) {
    Matcher found = NAME.matcher(source);
    while (found.find()) {
      StringBuilder name = new StringBuilder();
      Matcher part = PART.matcher(found.group(1));
      while (part.find()) {
        name.append(part.group(), 1, part.group().length() - 1);
      }
      byClass.computeIfAbsent(testClass, unused -> new TreeSet<>()).add(name.toString());
    }
  }

  boolean has(String testClass, String name) {
    return byClass.getOrDefault(testClass, Set.of()).contains(name);
  }

  /** The classes with a test in whose name a word is. */
  Set<String> classesNaming(String word) {
    Set<String> classes = new TreeSet<>();
    byClass.forEach(
        (testClass, names) -> {
          if (names.stream().anyMatch(name -> name.contains(word))) {
            classes.add(testClass);
          }
        });
    return classes;
  }
}

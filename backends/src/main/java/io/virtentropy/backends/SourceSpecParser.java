package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads the string form of a source from left to right; the grammar is in {@link SourceSpec}. */
final class SourceSpecParser {
  private final String text;
  private int at;

  SourceSpecParser(String text) {
    this.text = Objects.requireNonNull(text, "the string form of a source");
  }

  static boolean isNameCharacter(int c) {
    return isPlainCharacter(c) && c != ':' && c != '=' && !isSpace(c);
  }

  static boolean isPlainCharacter(int c) {
    return c != ',' && c != '(' && c != ')' && c != '"';
  }

  /** What {@link String#strip} takes away: a plain text is written without it. */
  private static boolean isSpace(int c) {
    return Character.isWhitespace(c);
  }

  SourceSpec parse() {
    SourceSpec source = source(name("the name of a source"), 1);
    if (at < text.length()) {
      throw unexpected("the end");
    }
    return source;
  }

  private SourceSpec source(String name, int depth) {
    if (depth > SourceSpec.MAX_DEPTH) {
      throw wrong("sources nest deeper than " + SourceSpec.MAX_DEPTH + ", which is the most");
    }
    String argument = "";
    boolean named = true;
    if (peek() == ':') {
      at++;
      argument = text();
      named = false;
    }
    List<SourceSpec> sources = new ArrayList<>();
    Map<String, String> settings = new LinkedHashMap<>();
    if (peek() == '(') {
      at++;
      skipSpaces();
      if (peek() == ')') {
        at++;
      } else {
        items(sources, settings, depth);
      }
      skipSpaces();
    } else if (named && at < text.length() && peek() != ',' && peek() != ')') {
      throw unexpected("':', '(' or the end of the source '" + name + "'");
    }
    return new SourceSpec(name, argument, sources, settings);
  }

  private void items(List<SourceSpec> sources, Map<String, String> settings, int depth) {
    while (true) {
      int start = at;
      String name = name("a source or a setting");
      if (peek() == '=') {
        at++;
        if (settings.put(name, text()) != null) {
          at = start;
          throw wrong("the setting '" + name + "' is given a second time");
        }
      } else {
        sources.add(source(name, depth + 1));
      }
      switch (peek()) {
        case ',' -> at++;
        case ')' -> {
          at++;
          return;
        }
        default -> throw unexpected("',' or ')'");
      }
    }
  }

  private String name(String what) {
    skipSpaces();
    int start = at;
    while (at < text.length() && isNameCharacter(text.charAt(at))) {
      at++;
    }
    String name = text.substring(start, at);
    if (name.isEmpty()) {
      throw unexpected(what);
    }
    skipSpaces();
    return name;
  }

  private String text() {
    skipSpaces();
    if (peek() == '"') {
      at++;
      return quoted();
    }
    int start = at;
    while (at < text.length() && isPlainCharacter(text.charAt(at))) {
      at++;
    }
    if (peek() == '"') {
      throw wrong("a quotation mark stands inside a text; one before the whole text is accepted");
    }
    return text.substring(start, at).strip();
  }

  private String quoted() {
    int opened = at;
    StringBuilder out = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        skipSpaces();
        if (at < text.length() && isPlainCharacter(peek())) {
          throw unexpected("'(', ',', ')' or the end behind a quoted text");
        }
        return out.toString();
      }
      if (c == '\\') {
        c = at < text.length() ? text.charAt(at) : 0;
        if (c != '"' && c != '\\') {
          throw unexpected("'\"' or '\\' behind a backslash in a quoted text");
        }
        at++;
      }
      out.append(c);
    }
    at = opened - 1;
    throw wrong("a quotation mark has no second one");
  }

  private void skipSpaces() {
    while (at < text.length() && isSpace(text.charAt(at))) {
      at++;
    }
  }

  /** The next character; 0 at the end. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : 0;
  }

  private EntropySourceException unexpected(String accepted) {
    return wrong(
        (at < text.length() ? "'" + text.charAt(at) + "' stands" : "the text ends")
            + " where "
            + accepted
            + " is accepted");
  }

  private EntropySourceException wrong(String what) {
    return new EntropySourceException(
        Reason.UNSUITABLE,
        "'" + text + "' does not name a source: at character " + (at + 1) + " " + what);
  }
}

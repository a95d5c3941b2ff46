package io.virtentropy.backends;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The string form of a source, taken apart: what names a source on the command line, in files and
 * in programs.
 *
 * <pre>
 *   source  = name [ ":" text ] [ "(" [ item *( "," item ) ] ")" ]
 *   item    = source / setting
 *   setting = name "=" text
 *   text    = plain / quoted
 *   plain   = any characters but , ( ) and ", without the spaces around them
 *   quoted  = " any characters, a quotation mark as \" and a backslash as \\ "
 *   name    = any characters but : = , ( ) " and spaces
 * </pre>
 *
 * <p>Spaces around names, items and parentheses mean nothing. Sources nest up to {@value
 * #MAX_DEPTH} deep. Examples:
 *
 * <pre>
 *   builtin
 *   random:/dev/hwrng
 *   random:"/srv/noise (left), raw"
 *   drbg(mix(random:/dev/hwrng, builtin), reseed-bytes=1MiB)
 * </pre>
 *
 * <p>{@link #toString} gives the shortest form that {@link #parse} makes an equal one of: sources
 * before settings, quotation marks only where they are needed.
 *
 * @param name which kind of source
 * @param argument what follows the colon; empty if nothing does
 * @param sources the sources in the parentheses, in their order
 * @param settings the settings in the parentheses, in their order
 */
public record SourceSpec(
    String name, String argument, List<SourceSpec> sources, Map<String, String> settings) {

  /** How deep sources may nest: further than anyone needs, and no stack is in danger. */
  public static final int MAX_DEPTH = 16;

  /**
   * Puts a form together.
   *
   * @param name which kind of source
   * @param argument what follows the colon; empty if nothing does
   * @param sources the sources in the parentheses, in their order
   * @param settings the settings in the parentheses, in their order
   * @throws IllegalArgumentException if a name is empty or holds what a name can't hold, or if the
   *     sources nest too deep
   */
  public SourceSpec {
    requireName(name);
    Objects.requireNonNull(argument, "argument");
    sources = List.copyOf(sources);
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    settings.forEach(
        (key, value) -> {
          requireName(key);
          Objects.requireNonNull(value, key);
        });
    if (depthOf(sources) >= MAX_DEPTH) {
      throw new IllegalArgumentException(
          name + " nests deeper than " + MAX_DEPTH + " sources, which is the most");
    }
  }

  /**
   * A source without parentheses.
   *
   * @param name which kind of source
   * @param argument what follows the colon; empty for nothing
   * @return its form
   */
  public static SourceSpec of(String name, String argument) {
    return new SourceSpec(name, argument, List.of(), Map.of());
  }

  /**
   * Takes a string apart.
   *
   * @param text the string form of a source
   * @return its parts; whether there is such a source has not been looked at
   * @throws EntropySourceException with one sentence that says at which character what is accepted
   */
  public static SourceSpec parse(String text) {
    return new SourceSpecParser(text).parse();
  }

  private static void requireName(String name) {
    if (name.isEmpty() || !name.chars().allMatch(SourceSpecParser::isNameCharacter)) {
      throw new IllegalArgumentException(
          "'" + name + "' is not a name; characters other than : = , ( ) \" and spaces make one");
    }
  }

  private static int depthOf(List<SourceSpec> sources) {
    int depth = 0;
    for (SourceSpec source : sources) {
      depth = Math.max(depth, 1 + depthOf(source.sources));
    }
    return depth;
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder();
    appendTo(out);
    return out.toString();
  }

  private void appendTo(StringBuilder out) {
    out.append(name);
    if (!argument.isEmpty()) {
      out.append(':');
      appendText(argument, out);
    }
    if (sources.isEmpty() && settings.isEmpty()) {
      return;
    }
    char before = '(';
    for (SourceSpec source : sources) {
      out.append(before);
      source.appendTo(out);
      before = ',';
    }
    for (Map.Entry<String, String> setting : settings.entrySet()) {
      out.append(before).append(setting.getKey()).append('=');
      appendText(setting.getValue(), out);
      before = ',';
    }
    out.append(')');
  }

  private static void appendText(String text, StringBuilder out) {
    boolean plain =
        text.equals(text.strip()) && text.chars().allMatch(SourceSpecParser::isPlainCharacter);
    if (plain) {
      out.append(text);
      return;
    }
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\');
      }
      out.append(c);
    }
    out.append('"');
  }
}

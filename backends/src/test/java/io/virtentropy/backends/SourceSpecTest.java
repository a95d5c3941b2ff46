package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SourceSpecTest {

  @Test
  void should_take_apart_what_operators_write() {
    SourceSpec hwrng = SourceSpec.of("random", "/dev/hwrng");
    SourceSpec builtin = SourceSpec.of("builtin", "");
    assertEquals(builtin, SourceSpec.parse("builtin"));
    assertEquals(builtin, SourceSpec.parse(" builtin() "));
    assertEquals(hwrng, SourceSpec.parse("random:/dev/hwrng"));
    assertEquals(SourceSpec.of("egd", "tcp:[::1]:8888"), SourceSpec.parse("egd:tcp:[::1]:8888"));
    assertEquals(SourceSpec.of("random", "C:\\noise"), SourceSpec.parse("random:C:\\noise"));
    assertEquals(
        SourceSpec.of("random", "/srv/my \"noise\" (left), a=b"),
        SourceSpec.parse("random:\"/srv/my \\\"noise\\\" (left), a=b\""));
    assertEquals(
        new SourceSpec(
            "drbg",
            "",
            List.of(new SourceSpec("mix", "", List.of(hwrng, builtin), Map.of("quorum", "2"))),
            Map.of("reseed-bytes", "1 MiB")),
        SourceSpec.parse("drbg(mix(random:/dev/hwrng, builtin, quorum=2), reseed-bytes = 1 MiB )"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "'' | 1 the text ends where the name of a source is accepted",
        "'(builtin)' | 1 '(' stands where the name of a source is accepted",
        "'builtin random' | 9 'r' stands where ':', '(' or the end of the source 'builtin' is"
            + " accepted",
        "'reseed=1' | 7 '=' stands where ':', '(' or the end of the source 'reseed' is accepted",
        "'mix(builtin' | 12 the text ends where ',' or ')' is accepted",
        "'mix(builtin,)' | 13 ')' stands where a source or a setting is accepted",
        "'mix(builtin))' | 13 ')' stands where the end is accepted",
        "'mix(a,b)c' | 9 'c' stands where the end is accepted",
        "'random:/a,b' | 10 ',' stands where the end is accepted",
        "'random:/a\"b\"' | 10 a quotation mark stands inside a text; one before the whole text is"
            + " accepted",
        "'random:\"/a' | 8 a quotation mark has no second one",
        "'random:\"/a\"b' | 12 'b' stands where '(', ',', ')' or the end behind a quoted text is"
            + " accepted",
        "'random:\"\\a\"' | 10 'a' stands where '\"' or '\\' behind a backslash in a quoted text is"
            + " accepted",
        "'drbg(a=1,a=2)' | 10 the setting 'a' is given a second time",
      })
  void should_say_at_which_character_what_is_accepted(String quoted, String sentence) {
    String text = quoted.substring(1, quoted.length() - 1);
    assertEquals(
        "'" + text + "' does not name a source: at character " + sentence,
        assertThrows(EntropySourceException.class, () -> SourceSpec.parse(text)).getMessage());
  }

  @Test
  void should_nest_sixteen_deep_and_no_deeper() {
    String deepest = "mix(".repeat(15) + "builtin" + ")".repeat(15);
    SourceSpec spec = SourceSpec.parse(deepest);
    assertEquals(deepest, spec.toString());

    assertEquals(
        "'mix("
            + deepest
            + ")' does not name a source: at character 72 sources nest deeper than"
            + " 16, which is the most",
        assertThrows(EntropySourceException.class, () -> SourceSpec.parse("mix(" + deepest + ")"))
            .getMessage());
    assertEquals(
        "mix nests deeper than 16 sources, which is the most",
        assertThrows(
                IllegalArgumentException.class,
                () -> new SourceSpec("mix", "", List.of(spec), Map.of()))
            .getMessage());
    assertThrows(EntropySourceException.class, () -> SourceSpec.parse("mix(".repeat(1_000_000)));
  }

  @Test
  void should_refuse_a_name_that_could_not_be_written() {
    for (String name : List.of("", "a b", "a:b", "a(b", "a=b")) {
      assertThrows(IllegalArgumentException.class, () -> SourceSpec.of(name, ""));
    }
  }

  @Test
  void should_read_settings_and_say_what_is_accepted() {
    SourceSpec spec = SourceSpec.parse("x(a=2KiB, b=3 min, c=on, d=0.5, e=much)");
    SourceSettings settings = SourceSettings.of(spec, "a", "b", "c", "d", "e", "f");
    assertEquals(2048, settings.bytes("a", 1, 1, 4096));
    assertEquals(7, settings.bytes("f", 7, 1, 4096));
    assertEquals(
        180_000_000_000L,
        settings.nanos(
            "b",
            java.time.Duration.ZERO,
            java.time.Duration.ofMillis(1),
            java.time.Duration.ofHours(1)));
    assertEquals(true, settings.isOn("c", false));
    assertEquals(0.5, settings.number("d", 1, 0.1, 8));
    assertRefused(
        "x was given a=2KiB; 1 to 100 bytes is accepted", () -> settings.bytes("a", 1, 1, 100));
    assertRefused(
        "x was given e=much; 1 to 100 bytes is accepted", () -> settings.bytes("e", 1, 1, 100));
    assertRefused("x was given e=much; on or off is accepted", () -> settings.isOn("e", true));
    assertRefused(
        "x was given e=much; 0.1 to 8.0 is accepted", () -> settings.number("e", 1, 0.1, 8));
    assertRefused("x has no setting b, c, d, e; a is accepted", () -> SourceSettings.of(spec, "a"));
    assertRefused(
        "x has no setting a, b, c, d, e; none is accepted", () -> SourceSettings.of(spec));
  }

  private static void assertRefused(
      String sentence, org.junit.jupiter.api.function.Executable read) {
    assertEquals(sentence, assertThrows(EntropySourceException.class, read).getMessage());
  }
}

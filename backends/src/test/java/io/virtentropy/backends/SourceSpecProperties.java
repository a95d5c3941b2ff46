package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class SourceSpecProperties {
  /** Every character that the grammar knows, and some that it doesn't. */
  private static final String CHARACTERS = "ab:=,()\"\\ \t\n\0é/-1";

  @Provide
  Arbitrary<SourceSpec> specs() {
    return specs(4);
  }

  private Arbitrary<SourceSpec> specs(int depth) {
    Arbitrary<String> names =
        Arbitraries.strings().withChars("az09-/.é\\").ofMinLength(1).ofMaxLength(6);
    Arbitrary<String> texts = Arbitraries.strings().withChars(CHARACTERS).ofMaxLength(8);
    Arbitrary<List<SourceSpec>> sources =
        depth == 0
            ? Arbitraries.just(List.of())
            : Arbitraries.lazy(() -> specs(depth - 1)).list().ofMaxSize(3);
    Arbitrary<Map<String, String>> settings = Arbitraries.maps(names, texts).ofMaxSize(2);
    return Combinators.combine(names, texts, sources, settings).as(SourceSpec::new);
  }

  @Property(tries = 500)
  void shouldBeWhatItsStringFormIsParsedTo(@ForAll("specs") SourceSpec spec) {
    assertEquals(spec, SourceSpec.parse(spec.toString()));
  }

  @Property(tries = 300)
  void shouldNotMindSpacesAroundWhatIsNotText(@ForAll("specs") SourceSpec spec) {
    String spaced = spaced(spec.toString());
    assertEquals(spec, SourceSpec.parse(spaced), spaced);
  }

  /** Puts spaces around the characters that separate, outside of quoted texts. */
  private static String spaced(String text) {
    StringBuilder out = new StringBuilder(" ");
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        out.append(c).append(text.charAt(++i));
      } else {
        quoted ^= c == '"';
        boolean separates = !quoted && (c == ',' || c == '(' || c == ')' || c == '"');
        out.append(c).append(separates ? " \t" : "");
      }
    }
    return out.append(' ').toString();
  }

  @Provide
  Arbitrary<String> soup() {
    return Arbitraries.strings().withChars(CHARACTERS).ofMaxLength(30);
  }

  @Property(tries = 2000)
  void shouldAcceptOrRefuseAnyStringInOneSentence(@ForAll("soup") String text) {
    parseOrRefuse(text);
  }

  @Property(tries = 1000)
  void shouldAcceptOrRefuseAFormWithOneCharacterChanged(
      @ForAll("specs") SourceSpec spec, @ForAll("characters") char with, @ForAll int where) {
    StringBuilder text = new StringBuilder(spec.toString());
    text.setCharAt(Math.floorMod(where, text.length()), with);
    parseOrRefuse(text.toString());
  }

  @Provide
  Arbitrary<Character> characters() {
    return Arbitraries.chars().with(CHARACTERS);
  }

  private static void parseOrRefuse(String text) {
    SourceSpec spec;
    try {
      spec = SourceSpec.parse(text);
    } catch (EntropySourceException e) {
      assertEquals(EntropySourceException.Reason.UNSUITABLE, e.reason());
      String beginning = "'" + text + "' does not name a source: at character ";
      assertTrue(e.getMessage().startsWith(beginning), e.getMessage());
      String number = e.getMessage().substring(beginning.length()).split(" ", 2)[0];
      int at = Integer.parseInt(number);
      assertTrue(at >= 1 && at <= text.length() + 1, e.getMessage());
      return;
    }
    assertEquals(spec, SourceSpec.parse(spec.toString()));
    assertEquals(spec.toString(), SourceSpec.parse(spec.toString()).toString());
  }
}

package io.virtentropy.distribution.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.pool.PoolDefinition.SourceUse;
import io.virtentropy.distribution.xml.InvalidXmlException;
import io.virtentropy.ratelimit.htb.Policy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The definition of a pool")
final class PoolXmlTest {
  private static final UUID FRESH = UUID.fromString("00000000-0000-4000-8000-000000000001");
  private static final PoolXmlParser PARSER = new PoolXmlParser(() -> FRESH);

  private static String example(String name) throws IOException {
    try (InputStream in = PoolXmlParser.class.getResourceAsStream("examples/" + name + ".xml")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String refusal(String xml) {
    return assertThrows(InvalidXmlException.class, () -> PARSER.parse("pool.xml", xml))
        .getMessage();
  }

  /** A pool in which one place is left open. */
  private static String pool(String name, String classes, String rest) {
    return "<entropypool><name>"
        + name
        + "</name>\n<source type='char'><device path='/dev/hwrng'/></source>\n"
        + classes
        + "\n"
        + rest
        + "</entropypool>";
  }

  @ParameterizedTest
  @ValueSource(strings = {"minimal", "tenants", "borrowing", "sources", "processor", "outputs"})
  @DisplayName("should be accepted as the examples have it, and come back the same")
  void examples(String name) throws IOException {
    PoolDefinition pool = PARSER.parse(name, example(name));
    String dumped = PoolXmlFormatter.format(pool);
    assertEquals(pool, PARSER.parse("dump", dumped));
    assertEquals(dumped, PoolXmlFormatter.format(PARSER.parse("dump", dumped)));
  }

  @Test
  @DisplayName("should mean what it says")
  void means() throws IOException {
    PoolDefinition pool = PARSER.parse("tenants", example("tenants"));
    assertEquals("default", pool.name());
    assertEquals(Policy.PATH, pool.policy());
    assertEquals("random:/dev/hwrng", pool.backend());
    assertEquals(
        new Bucket(512, OptionalLong.of(2000), OptionalLong.of(512)),
        pool.find("misc").orElseThrow().rate().orElseThrow());
    assertEquals(
        "[all, tenant-a, hostclass1, hostclass2, misc]",
        pool.allClasses().map(ClassDefinition::name).toList().toString());
    assertEquals(3, pool.outputs().orElseThrow().size());
  }

  @Test
  @DisplayName("should put several sources together")
  void sources() throws IOException {
    PoolDefinition pool = PARSER.parse("sources", example("sources"));
    assertEquals(SourceUse.MIX, pool.sourceUse());
    assertEquals(
        "mix(random:/dev/hwrng,egd:unix:/run/egd-pool,egd:tcp:rng.example.org:7708,"
            + "egd:tls:pool.example.org:7709?pki=/etc/pki/virtentropy,drbg(builtin))",
        pool.backend());
  }

  @Test
  @DisplayName("should get a UUID if it has none")
  void uuid() throws IOException {
    assertEquals(FRESH, PARSER.parse("minimal", example("minimal")).uuid());
    assertEquals(
        UUID.fromString("6f0d3b3a-c2b8-4f6c-9d6a-0d6d9d0c8a11"),
        PARSER.parse("borrowing", example("borrowing")).uuid());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "<classes><class name='a'><rate bytes='0'/></class></classes>|pool.xml:3:",
        "<classes><class name='a b'/></classes>|pool.xml:3:",
        "<classes><class name='a' priority='8'/></classes>|pool.xml:3:",
        "<classes><class name='a'><rate bytes='1' period='0'/></class></classes>|pool.xml:3:",
        "<classes policy='fair'><class name='a'/></classes>|pool.xml:3:",
        "<classes/>|pool.xml:3:",
        "<classes><class name='a'><cap/></class></classes>|pool.xml:3:",
        "<classes><class name='a'/><class name='b'><class name='a'/></class></classes>"
            + "|a second class 'a'; the first is in line 3",
        "<classes default='x'><class name='a'/></classes>|default names class 'x'",
        "<classes default='a'><class name='a'><class name='b'/></class></classes>"
            + "|default names class 'a', which has classes below",
        "<classes policy='borrow'><class name='a'/></classes>|class 'a' has no <rate>",
        "<classes><class name='a'><rate bytes='2'/><peak bytes='1'/></class></classes>"
            + "|the peak of class 'a' is below its rate",
      })
  @DisplayName("should be refused with the line where its classes are wrong")
  void refusesClasses(String classes, String words) {
    String message = refusal(pool("p", classes, ""));
    assertTrue(message.startsWith("pool.xml:3:"), message);
    assertTrue(message.contains(words), message);
  }

  @Test
  @DisplayName("should be refused if it is too deep for the limiter")
  void refusesDepth() {
    StringBuilder classes = new StringBuilder("<classes>");
    for (int i = 1; i <= 7; i++) {
      classes.append("<class name='c").append(i).append("'>");
    }
    classes.append("</class>".repeat(7)).append("</classes>");
    String message = refusal(pool("p", classes.toString(), ""));
    assertTrue(message.contains("class 'c7' is 7 deep; up to 6 is accepted"), message);
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "..", "a/b", "../etc/passwd", "a\tb", "a\u007fb"})
  @DisplayName("should be refused if its name is no file's")
  void refusesName(String name) {
    String message = refusal(pool(name, "<classes><class name='a'/></classes>", ""));
    assertTrue(message.startsWith("pool.xml:1:"), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "<output type='unix' class='a'><source mode='bind' path='/s'/></output>"
            + "<output type='unix' class='a'><source mode='bind' path='/s'/></output>"
            + "|a second output at /s",
        "<output type='domain' class='b'/>|class names class 'b'",
        "<output type='unix' class='a'><source mode='bind' path='s'/></output>|pool.xml:4:",
        "<output type='unix' class='a'/>|pool.xml:4:",
        "<output type='unix' class='a'><source mode='bind' path='/s'/><permissions>"
            + "<mode>0999</mode></permissions></output>|pool.xml:4:",
        "<output type='tcp' class='a'><source mode='bind' host='::' service='1'/><tls/></output>"
            + "|<tls> is of use with tls='yes'",
        "<output type='tcp' class='a'><source mode='connect' host='h' service='1' tls='yes'/>"
            + "<tls verify='no'/></output>|verify='no' where we connect",
        "<output type='tcp' class='a'><source mode='bind' host='h' service='1' tls='yes'/>"
            + "<tls verify='no'><allow host='x'/></tls></output>|nobody can be told",
        "<output type='tcp' class='a'><source mode='bind' host='h' service='1' tls='yes'/>"
            + "<tls><allow dn='x'/></tls></output>|'x' is no distinguished name",
        "<output type='tcp' class='a'><source mode='bind' host='h' service='1' tls='maybe'/>"
            + "</output>|pool.xml:4:",
        "<output type='tcp' class='a'><source mode='bind' host='h' service='1' tls='yes'/>"
            + "<tls><allow/></tls></output>|pool.xml:4:",
        "<output type='unix' class='a' share='user'><source mode='bind' path='/s'/></output>"
            + "|pool.xml:4:",
        "<output type='domain' class='a' share='peer'/>|pool.xml:4:",
        "<output type='unix' class='a' share='peer'><source mode='connect' path='/s'/></output>"
            + "|share='peer' where we connect, and there is one connection",
        "<output type='tcp' class='a' share='peer'>"
            + "<source mode='bind' host='127.0.0.1' service='1'/></output>"
            + "|share='peer' where no certificate says who is there",
        "<output type='tcp' class='a' share='peer'>"
            + "<source mode='bind' host='h' service='1' tls='yes'/><tls verify='no'/></output>"
            + "|share='peer' where no certificate says who is there",
      })
  @DisplayName("should be refused with the line where its outputs are wrong")
  void refusesOutputs(String outputs, String words) {
    String message =
        refusal(
            pool(
                "p", "<classes><class name='a'/></classes>", "<outputs>" + outputs + "</outputs>"));
    assertTrue(message.startsWith("pool.xml:4:"), message);
    assertTrue(message.contains(words), message);
  }

  private static String shared(String classes) {
    return refusal(
        pool(
            "p",
            classes,
            "<outputs><output type='unix' class='a' share='peer'>"
                + "<source mode='bind' path='/s'/></output></outputs>"));
  }

  @Test
  @DisplayName("should be refused if a class can't be shared by peers")
  void refusesShares() {
    String borrowing =
        shared("<classes policy='borrow'><class name='a'><rate bytes='1'/></class></classes>");
    assertTrue(borrowing.contains("share='peer' with policy 'borrow'"), borrowing);
    StringBuilder classes = new StringBuilder("<classes>");
    for (int i = 1; i <= 5; i++) {
      classes.append("<class name='c").append(i).append("'>");
    }
    classes.append("<class name='a'/>").append("</class>".repeat(5)).append("</classes>");
    String deep = shared(classes.toString());
    assertTrue(
        deep.contains("share='peer' for class 'a', which is 6 deep; up to 5 is accepted"), deep);
  }

  @Test
  @DisplayName("should be refused if the socket's path is longer than the kernel's")
  void refusesLongPath() {
    String path = "/" + "p".repeat(107);
    String output = "<output type='unix' class='a'><source mode='bind' path='" + path + "'/>";
    String message =
        refusal(
            pool(
                "p",
                "<classes><class name='a'/></classes>",
                "<outputs>" + output + "</output></outputs>"));
    assertTrue(message.contains("107 bytes"), message);
  }
}

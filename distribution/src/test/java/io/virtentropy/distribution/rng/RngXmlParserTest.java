package io.virtentropy.distribution.rng;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.rng.RngBackend.Pool;
import io.virtentropy.distribution.rng.RngBackend.RandomFile;
import io.virtentropy.distribution.xml.InvalidXmlException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The parser of libvirt's <rng>")
final class RngXmlParserTest {
  /** Each message has libvirt's own words in it, 11.3.0's where 9.0.0's are others. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "<rng><backend model='builtin'/></rng>|Missing required attribute 'model' in element 'rng'",
        "<rng model='isa'><backend model='builtin'/></rng>"
            + "|Invalid value for attribute 'model' in element 'rng': 'isa'",
        "<rng model='virtio'/>|only one RNG backend is supported",
        "<rng model='virtio'><backend model='builtin'/><backend model='builtin'/></rng>"
            + "|only one RNG backend is supported",
        "<rng model='virtio'><backend/></rng>"
            + "|Missing required attribute 'model' in element 'backend'",
        "<rng model='virtio'><backend model='x'/></rng>"
            + "|Invalid value for attribute 'model' in element 'backend': 'x'",
        "<rng model='virtio'><rate bytes='-1'/><backend model='builtin'/></rng>"
            + "|invalid RNG rate bytes value '-1'",
        "<rng model='virtio'><rate bytes='4294967296'/><backend model='builtin'/></rng>"
            + "|invalid RNG rate bytes value '4294967296'",
        "<rng model='virtio'><rate bytes='0x10'/><backend model='builtin'/></rng>"
            + "|invalid RNG rate bytes value '0x10'",
        "<rng model='virtio'><rate bytes='1' period='x'/><backend model='builtin'/></rng>"
            + "|invalid RNG rate period value 'x'",
        "<rng model='virtio'><backend model='egd'/></rng>|missing EGD backend type",
        "<rng model='virtio'><backend model='egd' type='foo'/></rng>"
            + "|unknown backend type 'foo' for egd",
        "<rng model='virtio'><backend model='egd' type='unix'/></rng>"
            + "|Missing source path attribute for char device",
        "<rng model='virtio'><backend model='egd' type='udp'><source mode='bind' service='1'/>"
            + "</backend></rng>|Missing source service attribute for char device",
        "<rng model='virtio'><backend model='egd' type='udp'><source service='1'/><source"
            + " mode='bind'/><source mode='bind'/></backend></rng>"
            + "|only two source elements are allowed for character device",
        "<rng model='virtio'><backend model='egd' type='spiceport'/></rng>"
            + "|Missing source channel attribute for char device",
        "<rng model='virtio'><backend model='egd' type='nmdm'><source master='/a'/></backend></rng>"
            + "|Should define both master and slave path attributes for nmdm device",
        "<rng model='virtio'><backend model='builtin'/><driver iommu='maybe'/></rng>"
            + "|Invalid value for attribute 'iommu' in element 'driver': 'maybe'",
        "<rng model='virtio'><backend model='pool' name='p'/></rng>"
            + "|Missing required attribute 'class' in element 'backend'",
        "<disk/>|the element is <disk>; <rng> is accepted",
      })
  @DisplayName("should refuse with libvirt's words")
  void refuses(String xml, String words) {
    InvalidXmlException refusal =
        assertThrows(InvalidXmlException.class, () -> RngXmlParser.parse("guest.xml", xml));
    assertTrue(refusal.getMessage().startsWith("guest.xml:1:"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "<source service='1'/>|Missing source host attribute for char device",
        "<source host='h'/>|Missing source service attribute for char device",
        "<source host='h' service='1'/><source mode='bind'/>"
            + "|only one source element is allowed for character device",
        "<source host='h' service='1'/><log file='/a'/><log file='/b'/>"
            + "|only one log element is allowed for character device",
        "<source host='h' service='1' mode='foo'/>"
            + "|Invalid value for attribute 'mode' in element 'source': 'foo'",
        "<source host='h' service='1'/><protocol type='foo'/>"
            + "|Invalid value for attribute 'type' in element 'protocol': 'foo'",
        "<source host='h' service='1' mode='bind'><reconnect enabled='yes' timeout='1'/></source>"
            + "|chardev reconnect is possible only for connect mode",
        "<source host='h' service='1'><reconnect enabled='yes'/></source>"
            + "|Missing required attribute 'timeout' in element 'reconnect'",
        "<source host='h' service='1'><reconnect enabled='yes' timeout='0'/></source>"
            + "|chardev reconnect source timeout cannot be '0'",
      })
  @DisplayName("should refuse a tcp connection with libvirt's words")
  void refusesTcp(String inside, String words) {
    refuses(
        "<rng model='virtio'><backend model='egd' type='tcp'>" + inside + "</backend></rng>",
        words);
  }

  @Test
  @DisplayName("should read a pool and its class")
  void pool() {
    RngDevice device =
        RngXmlParser.parse(
            "guest.xml",
            "<rng model='virtio'><backend model='pool' name='default' class='hostclass1'/></rng>");
    assertEquals(new Pool("default", "hostclass1"), device.backend());
  }

  @Test
  @DisplayName("should keep a path as it was given")
  void keepsBlanks() {
    RngDevice device =
        RngXmlParser.parse(
            "guest.xml", "<rng model='virtio'><backend model='random'> rel </backend></rng>");
    assertEquals(new RandomFile(" rel "), device.backend());
  }

  @ParameterizedTest
  @CsvSource({"' +5',5", "007,7", "4294967295,4294967295"})
  @DisplayName("should read numbers as C does")
  void numbers(String text, long value) {
    RngDevice device =
        RngXmlParser.parse(
            "guest.xml",
            "<rng model='virtio'><rate bytes='" + text + "'/><backend model='builtin'/></rng>");
    assertEquals(value, device.rate().orElseThrow().bytes());
  }

  @Test
  @DisplayName("should name the line")
  void line() {
    InvalidXmlException refusal =
        assertThrows(
            InvalidXmlException.class,
            () -> RngXmlParser.parse("guest.xml", "<rng model='virtio'>\n\n  <backend/>\n</rng>"));
    assertEquals(3, refusal.place().line());
  }
}

package io.virtentropy.distribution.libvirt;

import static io.virtentropy.distribution.libvirt.DomainXml.egd;
import static io.virtentropy.distribution.libvirt.DomainXml.entropy;
import static io.virtentropy.distribution.libvirt.DomainXml.rng;
import static io.virtentropy.distribution.libvirt.DomainXml.running;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.libvirt.EntropyDevice.Other;
import io.virtentropy.distribution.libvirt.EntropyDevice.Reachable;
import io.virtentropy.distribution.libvirt.EntropyDevice.Unusable;
import io.virtentropy.distribution.xml.InvalidXmlException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A domain's XML")
final class DomainXmlParserTest {
  private static final Path SOCKET = Path.of("/run/egd/g.sock");

  private static RunningDomain parse(String xml) {
    return DomainXmlParser.parse("domain", xml).orElseThrow();
  }

  private static List<EntropyDevice> devices(String metadata, String... devices) {
    return parse(running("g", 7, metadata, devices)).devices();
  }

  private static Reachable reachable(String alias, String pool, String className) {
    return new Reachable(
        alias,
        SOCKET,
        new PoolWish(Optional.ofNullable(pool), Optional.ofNullable(className)),
        Optional.empty());
  }

  @Test
  @DisplayName("should tell who runs, and the socket that QEMU listens on")
  void found() {
    RunningDomain domain = parse(running("g", 7, "", egd("rng0", SOCKET)));
    assertEquals(
        new RunningDomain(DomainXml.uuid("g"), 7, "g", List.of(reachable("rng0", null, null))),
        domain);
  }

  @Test
  @DisplayName("should be nobody's that runs where there is no number")
  void inactive() {
    assertTrue(
        DomainXmlParser.parse("domain", DomainXml.inactive("g", egd("rng0", SOCKET))).isEmpty());
  }

  @Test
  @DisplayName("should say why other devices are none of ours")
  void others() {
    List<EntropyDevice> found =
        devices(
            "",
            rng("rng0", "<backend model='random'>/dev/urandom</backend>"),
            rng("rng1", "<backend model='builtin'/>"),
            rng(
                "rng2",
                "<backend model='egd' type='unix'><source mode='connect' path='/run/x'/></backend>"),
            rng(
                "rng3",
                "<backend model='egd' type='tcp'><source mode='connect' host='h' service='1'/>"
                    + "</backend>"));
    assertEquals(
        List.of(
            new Other("rng0", "its backend is random"),
            new Other("rng1", "its backend is builtin"),
            new Other(
                "rng2",
                "QEMU connects to /run/x; mode='bind' is connected to, and an output of a pool may"
                    + " listen there"),
            new Other("rng3", "its egd backend is of type tcp; unix is connected to")),
        found);
  }

  @Test
  @DisplayName("should lose one device only for what can't be understood of it")
  void oneBroken() {
    List<EntropyDevice> found =
        devices(
            "",
            rng("rng0", "<backend model='quantum'/>"),
            egd("rng1", SOCKET),
            egd("rng2", Path.of("relative.sock")),
            egd("rng3", Path.of("/" + "x".repeat(107))),
            egd("rng1", Path.of("/run/again")));
    assertInstanceOf(Unusable.class, found.get(0));
    assertEquals(reachable("rng1", null, null), found.get(1));
    assertTrue(((Unusable) found.get(2)).reason().contains("'relative.sock'"));
    assertTrue(((Unusable) found.get(3)).reason().contains("108 bytes"));
    assertEquals(new Unusable("rng1#4", "a second device has the alias 'rng1'"), found.get(4));
  }

  @Test
  @DisplayName("should name devices in order where libvirt gives no alias")
  void nameless() {
    String device = egd("rng0", SOCKET).replaceAll("<alias[^>]*>", "");
    assertEquals(
        List.of("rng0", "rng1"),
        devices("", device, device.replace("g.sock", "h.sock")).stream()
            .map(EntropyDevice::alias)
            .toList());
  }

  @ParameterizedTest(name = "{0}: pool {2}, class {3}; with {1}: pool {4}, class {5}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "pool='a' class='x' | class='y'          | a | x | a | y",
        "pool='a' class='x' | pool='b'           | a | x | b | -",
        "pool='a' class='x' | pool='b' class='y' | a | x | b | y",
        "class='x'          | pool='b'           | - | x | b | -",
        "pool='a'           | class='y'          | a | - | a | y",
      })
  @DisplayName("should say where the domain's devices belong, and one of them")
  void wishes(String all, String one, String pool, String cl, String onePool, String oneClass) {
    List<EntropyDevice> found =
        devices(
            entropy(all, "<virtentropy:device alias='ua-second' " + one + "/>"),
            egd("rng0", SOCKET),
            egd("ua-second", SOCKET));
    assertEquals(
        List.of(reachable("rng0", pool, cl), reachable("ua-second", onePool, oneClass)), found);
  }

  @Test
  @DisplayName("should pass over other people's metadata")
  void foreign() {
    String foreign = "<n:note xmlns:n='https://example.org/n' pool='x'><entropy/></n:note>";
    assertEquals(
        List.of(reachable("rng0", null, "x")),
        devices(foreign + entropy("class='x'"), egd("rng0", SOCKET)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<v:entropy xmlns:v='https://virtentropy.io/xml/domain/1' clas='gold'/>",
        "<v:entropy xmlns:v='https://virtentropy.io/xml/domain/1' pool=''/>",
        "<v:entropy xmlns:v='https://virtentropy.io/xml/domain/1' pool='a\u009bb'/>",
        "<v:pool xmlns:v='https://virtentropy.io/xml/domain/1' pool='a'/>",
        "<v:entropy xmlns:v='https://virtentropy.io/xml/domain/1'><v:disk/></v:entropy>",
        "<v:entropy xmlns:v='https://virtentropy.io/xml/domain/1'><device alias='rng0'/>"
            + "</v:entropy>",
        "<v:entropy xmlns:v='https://virtentropy.io/xml/domain/1'><v:device pool='a'/>"
            + "</v:entropy>",
        "<v:entropy xmlns:v='https://virtentropy.io/xml/domain/1'><v:device alias='a'/>"
            + "<v:device alias='a' pool='b'/></v:entropy>",
        "<v:entropy xmlns:v='https://virtentropy.io/xml/domain/1'/>"
            + "<v:entropy xmlns:v='https://virtentropy.io/xml/domain/1'/>",
      })
  @DisplayName("should not put a guest into a default class for a slip of the pen")
  void wrongMetadata(String metadata) {
    List<EntropyDevice> found =
        devices(metadata, egd("rng0", SOCKET), rng("rng1", "<backend model='builtin'/>"));
    assertInstanceOf(Unusable.class, found.get(0));
    assertTrue(((Unusable) found.get(0)).reason().startsWith("domain:4:"), found.toString());
    assertInstanceOf(Other.class, found.get(1));
  }

  @Test
  @DisplayName("should not bring control characters to a terminal")
  void controlCharacters() {
    RunningDomain domain = parse(running("g\u009b31m", 7, "", egd("rng0", SOCKET)));
    assertEquals("g?31m", domain.name());
    assertEquals(
        List.of(new Unusable("rng0", "the domain's name has characters that can't be printed")),
        domain.devices());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "<domain",
        "<network/>",
        "<domain id='1'/>",
        "<domain id='1'><name>g</name></domain>",
        "<domain id='1'><name>g</name><uuid>1</uuid></domain>",
        "<domain id='x'><name>g</name></domain>",
        "<!DOCTYPE d [<!ENTITY a 'b'>]><domain id='1'><name>&a;</name></domain>",
        "<domain id='1'><name>&a;</name></domain>",
      })
  @DisplayName("should be refused whole where it isn't a domain's, or more than one")
  void refused(String xml) {
    assertThrows(InvalidXmlException.class, () -> DomainXmlParser.parse("domain", xml));
  }
}

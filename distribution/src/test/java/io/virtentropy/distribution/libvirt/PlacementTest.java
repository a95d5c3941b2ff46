package io.virtentropy.distribution.libvirt;

import static io.virtentropy.distribution.libvirt.DomainXml.egd;
import static io.virtentropy.distribution.libvirt.DomainXml.entropy;
import static io.virtentropy.distribution.libvirt.DomainXml.running;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.virtentropy.distribution.libvirt.PlacedDevice.State;
import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.registry.PoolStatus;
import io.virtentropy.distribution.serving.GuestDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A guest's device")
final class PlacementTest {
  private static final String DEFAULT_POOL = "default";

  private static PoolDefinition definition(String name, String attributes, String outputs) {
    return new PoolXmlParser(UUID::randomUUID)
        .parse(
            "pool",
            "<entropypool><name>"
                + name
                + "</name><source type='char'><device path='/dev/x'/></source><classes "
                + attributes
                + "><class name='all'><class name='gold'/><class name='silver'/></class></classes>"
                + outputs
                + "</entropypool>");
  }

  private static PoolStatus active(String name, String outputs) {
    PoolDefinition pool = definition(name, "default='silver'", outputs);
    return new PoolStatus(pool, Optional.of(pool), Optional.of(gracefully -> {}), false);
  }

  private static PoolStatus inactive(String name) {
    return new PoolStatus(
        definition(name, "default='silver'", ""), Optional.empty(), Optional.empty(), false);
  }

  private static RunningDomain domain(String name, long id, String metadata, String... devices) {
    return DomainXmlParser.parse("domain", running(name, id, metadata, devices)).orElseThrow();
  }

  private static Path socket(String name) {
    return Path.of("/run/egd", name);
  }

  private static RunningDomain guest(String metadata) {
    return domain("g", 3, metadata, egd("rng0", socket("g")));
  }

  private static Placement place(List<RunningDomain> domains, PoolStatus... pools) {
    return Placement.of(domains, List.of(pools), DEFAULT_POOL);
  }

  private static String reason(Placement placement, int device) {
    return placement.devices().get(device).reason();
  }

  @Test
  @DisplayName("should go to the daemon's pool and that pool's class unless the metadata say more")
  void defaults() {
    Placement placement = place(List.of(guest("")), active(DEFAULT_POOL, ""), active("b", ""));
    assertEquals(
        Map.of(
            DEFAULT_POOL,
            List.of(new GuestDevice("g/rng0", socket("g"), "silver", DomainXml.uuid("g") + "/3")),
            "b",
            List.of()),
        placement.served());
    assertEquals(State.SERVED, placement.devices().get(0).state());
  }

  @Test
  @DisplayName("should go where the metadata say")
  void asWished() {
    Placement placement =
        place(
            List.of(guest(entropy("pool='b' class='gold'"))),
            active(DEFAULT_POOL, ""),
            active("b", ""));
    assertEquals(List.of(), placement.served().get(DEFAULT_POOL));
    assertEquals("gold", placement.served().get("b").get(0).className());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "pool='nil'   | entropy pool 'nil' not found",
        "pool='off'   | entropy pool 'off' is not active",
        "class='lead' | entropy pool 'default' has no class 'lead'",
        "class='all'  | class 'all' of entropy pool 'default' has classes below; one without is"
            + " accepted",
      })
  @DisplayName("should not be served, and say why, where its pool can't")
  void refusals(String wish, String why) {
    Placement placement =
        place(List.of(guest(entropy(wish))), active(DEFAULT_POOL, ""), inactive("off"));
    assertEquals(why, reason(placement, 0));
    assertEquals(State.REFUSED, placement.devices().get(0).state());
    assertEquals(Map.of(DEFAULT_POOL, List.of()), placement.served());
  }

  @Test
  @DisplayName("should say so where neither it nor the pool names a class")
  void noDefaultClass() {
    PoolDefinition pool = definition(DEFAULT_POOL, "", "");
    PoolStatus status =
        new PoolStatus(pool, Optional.of(pool), Optional.of(gracefully -> {}), false);
    assertEquals(
        "entropy pool 'default' has no default class, and the domain names none",
        reason(place(List.of(guest("")), status), 0));
  }

  @Test
  @DisplayName("should be judged by the definition its pool was started with")
  void liveDefinition() {
    PoolDefinition live = definition(DEFAULT_POOL, "default='gold'", "");
    PoolDefinition next = definition(DEFAULT_POOL, "default='silver'", "<outputs/>");
    PoolStatus status =
        new PoolStatus(next, Optional.of(live), Optional.of(gracefully -> {}), false);
    Placement placement = place(List.of(guest("")), status);
    assertEquals("gold", placement.served().get(DEFAULT_POOL).get(0).className());
  }

  @ParameterizedTest(name = "{0} lets it draw on {1}: {2}")
  @CsvSource(
      delimiter = '|',
      value = {
        "<outputs/>                                                                | gold   | false",
        "<outputs><output type='domain' class='gold'/></outputs>                   | gold   | true",
        "<outputs><output type='domain' class='gold'/></outputs>                   | silver | false",
        "<outputs><output type='domain' class='gold'><domain name='g'/></output></outputs> |"
            + " gold | true",
        "<outputs><output type='domain' class='gold'><domain name='h'/></output></outputs> |"
            + " gold | false",
        "<outputs><output type='domain' class='gold'><domain"
            + " uuid='b2f5ff47-4366-31b6-a533-d8dc3614845d'/></output></outputs> | gold | true",
        "<outputs><output type='domain' class='gold'><domain"
            + " uuid='b2f5ff47-4366-31b6-a533-d8dc3614845e'/></output></outputs> | gold | false",
        "<outputs><output type='unix' class='gold'><source mode='bind' path='/run/o'/></output>"
            + "</outputs> | gold | false",
      })
  @DisplayName("should be served only where an output permits it")
  void outputs(String outputs, String className, boolean permitted) {
    assertEquals("b2f5ff47-4366-31b6-a533-d8dc3614845d", DomainXml.uuid("g").toString());
    Placement placement =
        place(List.of(guest(entropy("class='" + className + "'"))), active(DEFAULT_POOL, outputs));
    assertEquals(permitted ? State.SERVED : State.REFUSED, placement.devices().get(0).state());
    assertEquals(
        permitted
            ? ""
            : "no output of entropy pool 'default' permits this domain to draw on class '"
                + className
                + "'",
        reason(placement, 0));
  }

  @Test
  @DisplayName("should not be given the socket that another has, or an output")
  void oneSocketEach() {
    String output =
        "<outputs><output type='domain' class='silver'/><output type='unix' class='gold'>"
            + "<source mode='connect' path='/run/egd/o'/></output></outputs>";
    Placement placement =
        place(
            List.of(
                guest(""),
                domain("h", 4, "", egd("rng0", Path.of("/run/egd/../egd/g"))),
                domain("i", 5, "", egd("rng0", socket("o")))),
            active(DEFAULT_POOL, output));
    assertEquals(1, placement.served().get(DEFAULT_POOL).size());
    assertEquals("its socket /run/egd/../egd/g is that of g/rng0", reason(placement, 1));
    assertEquals(
        "its socket /run/egd/o is that of an output of pool default", reason(placement, 2));
  }

  @Test
  @DisplayName("should have another incarnation with another QEMU or another socket")
  void incarnations() {
    List<String> incarnations = new ArrayList<>();
    for (long id : List.of(3L, 4L)) {
      for (String node : List.of("10-1", "11-2")) {
        RunningDomain seen =
            new SocketNodes(path -> Optional.of(node))
                .look(domain("g", id, "", egd("rng0", socket("g"))), Optional.empty());
        incarnations.add(
            place(List.of(seen), active(DEFAULT_POOL, ""))
                .served()
                .get(DEFAULT_POOL)
                .get(0)
                .incarnation());
      }
    }
    assertEquals(4, incarnations.stream().distinct().count());
    assertNotEquals(DomainXml.uuid("g") + "/3", incarnations.get(0));
  }
}

package io.virtentropy.distribution.rng;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.rng.PoolDirectory.ClassKind;
import io.virtentropy.distribution.rng.PoolUnusableException.Reason;
import io.virtentropy.distribution.rng.RngBackend.Builtin;
import io.virtentropy.distribution.rng.RngBackend.Pool;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The translation of a pool for an unmodified libvirt")
final class PoolTranslationTest {
  private static final UUID GUEST = UUID.fromString("c7a5fdbd-edaf-9455-926a-d65c16db1809");
  private static final Map<String, Boolean> POOLS = Map.of("live", true, "idle", false);

  private final PoolTranslation translation =
      new PoolTranslation(Path.of("/run/virtentropy"), PoolTranslationTest::find);

  private static Optional<PoolDirectory.Pool> find(String name) {
    return Optional.ofNullable(POOLS.get(name))
        .map(
            active ->
                new PoolDirectory.Pool() {
                  @Override
                  public boolean isActive() {
                    return active;
                  }

                  @Override
                  public ClassKind classNamed(String className) {
                    return switch (className) {
                      case "gold" -> ClassKind.LEAF;
                      case "all" -> ClassKind.INNER;
                      default -> ClassKind.UNKNOWN;
                    };
                  }
                });
  }

  @Test
  @DisplayName("should have QEMU listen at a socket of the device's own")
  void translates() {
    RngDevice device = RngDevice.of(new Pool("live", "gold"));
    assertEquals(
        """
        <rng model='virtio'>
          <backend model='egd' type='unix'>
            <source mode='bind' \
        path='/run/virtentropy/entropy/c7a5fdbd-edaf-9455-926a-d65c16db1809/rng0.sock'/>
          </backend>
        </rng>
        """,
        RngXmlFormatter.format(translation.translate(device, GUEST, "rng0")));
  }

  @Test
  @DisplayName("should leave other devices alone")
  void leavesOthers() {
    RngDevice device = RngDevice.of(new Builtin());
    assertSame(device, translation.translate(device, GUEST, "rng0"));
  }

  @ParameterizedTest
  @CsvSource({
    "gone, gold, UNKNOWN_POOL, entropy pool 'gone' not found",
    "idle, gold, INACTIVE_POOL, entropy pool 'idle' is not active",
    "live, lead, UNKNOWN_CLASS, entropy pool 'live' has no class 'lead'",
    "live, all, INNER_CLASS, class 'all' of entropy pool 'live' has classes below",
  })
  @DisplayName("should say why a guest can't start")
  void refuses(String pool, String className, Reason reason, String words) {
    RngDevice device = RngDevice.of(new Pool(pool, className));
    PoolUnusableException refusal =
        assertThrows(
            PoolUnusableException.class, () -> translation.translate(device, GUEST, "rng0"));
    assertEquals(reason, refusal.reason());
    assertTrue(refusal.getMessage().startsWith(words), refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/b", "rng0\n", "ünder"})
  @DisplayName("should refuse an alias that is no file's name")
  void refusesAlias(String alias) {
    assertThrows(IllegalArgumentException.class, () -> translation.socketPath(GUEST, alias));
  }

  @Test
  @DisplayName("should refuse a socket that the kernel could not bind")
  void refusesLongPath() {
    PoolTranslation deep = new PoolTranslation(Path.of("/" + "d".repeat(60)), name -> find(name));
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> deep.socketPath(GUEST, "rng0"));
    assertTrue(refusal.getMessage().endsWith("up to 107 are accepted"), refusal.getMessage());
  }

  @Test
  @DisplayName("should refuse a relative directory")
  void refusesRelative() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new PoolTranslation(Path.of("run"), name -> Optional.empty()));
  }
}

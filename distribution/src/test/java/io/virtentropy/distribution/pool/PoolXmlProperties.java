package io.virtentropy.distribution.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.distribution.pool.OutputDefinition.Domain;
import io.virtentropy.distribution.pool.OutputDefinition.Guest;
import io.virtentropy.distribution.pool.OutputDefinition.Permissions;
import io.virtentropy.distribution.pool.OutputDefinition.Share;
import io.virtentropy.distribution.pool.OutputDefinition.Tcp;
import io.virtentropy.distribution.pool.OutputDefinition.Tls;
import io.virtentropy.distribution.pool.OutputDefinition.UnixSocket;
import io.virtentropy.distribution.pool.PoolDefinition.SourceUse;
import io.virtentropy.ratelimit.htb.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

@Label("Any definition of a pool")
final class PoolXmlProperties {
  private static final PoolXmlParser PARSER =
      new PoolXmlParser(
          () -> {
            throw new AssertionError("the document has a UUID");
          });

  @Property(tries = 300)
  @Label("should be read as it was written")
  void roundTrip(@ForAll("pools") PoolDefinition pool) {
    assertEquals(pool, PARSER.parse("dump", PoolXmlFormatter.format(pool)));
  }

  @Provide
  Arbitrary<PoolDefinition> pools() {
    return Arbitraries.longs().map(seed -> make(new Random(seed)));
  }

  static PoolDefinition make(Random random) {
    List<ClassDefinition> classes = new ArrayList<>();
    int[] next = {0};
    int tops = 1 + random.nextInt(3);
    for (int i = 0; i < tops; i++) {
      classes.add(classDefinition(random, 1, next));
    }
    Policy policy = random.nextBoolean() ? Policy.PATH : Policy.BORROW;
    return new PoolDefinition(
        "p" + random.nextInt(100) + " <&>'\"",
        new UUID(random.nextLong(), random.nextLong()),
        random.nextBoolean() ? Optional.of("t & t") : Optional.empty(),
        random.nextBoolean() ? Optional.of(" two\n lines ") : Optional.empty(),
        List.of(
            new SourceDefinition(
                new SourceDefinition.Device("/dev/<'&\">"), bucket(random, random.nextInt(2))),
            new SourceDefinition(
                new SourceDefinition.EgdHost(
                    "h", "7", random.nextBoolean() ? Optional.of("/<'&\">") : Optional.empty()),
                Optional.empty())),
        random.nextBoolean() ? SourceUse.MIX : SourceUse.FAILOVER,
        policy,
        Optional.empty(),
        classes,
        random.nextBoolean() ? Optional.of(outputs(random, policy, classes)) : Optional.empty());
  }

  private static Optional<Bucket> bucket(Random random, int wanted) {
    if (wanted == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Bucket(
            1 + random.nextLong(1L << 53),
            random.nextBoolean()
                ? OptionalLong.of(1 + random.nextLong(0xffff_ffffL))
                : OptionalLong.empty(),
            random.nextBoolean()
                ? OptionalLong.of(1 + random.nextLong(1L << 53))
                : OptionalLong.empty()));
  }

  private static ClassDefinition classDefinition(Random random, int depth, int[] next) {
    String name = "c" + next[0]++;
    List<ClassDefinition> below = new ArrayList<>();
    int count = depth < 6 ? Math.max(0, random.nextInt(5) - 2) : 0;
    for (int i = 0; i < count; i++) {
      below.add(classDefinition(random, depth + 1, next));
    }
    return new ClassDefinition(
        name,
        random.nextBoolean() ? OptionalInt.of(random.nextInt(8)) : OptionalInt.empty(),
        random.nextBoolean()
            ? OptionalLong.of(1 + random.nextLong(1L << 53))
            : OptionalLong.empty(),
        bucket(random, 1),
        Optional.empty(),
        below);
  }

  private static List<OutputDefinition> outputs(
      Random random, Policy policy, List<ClassDefinition> classes) {
    ClassDefinition leaf = classes.get(0);
    int depth = 1;
    while (!leaf.isLeaf()) {
      leaf = leaf.classes().get(0);
      depth++;
    }
    String name = leaf.name();
    boolean canShare = policy == Policy.PATH && depth < PoolRules.MAX_DEPTH;
    Share share = canShare && random.nextBoolean() ? Share.PEER : Share.CONNECTION;
    return List.of(
        new Domain(name, Optional.empty()),
        new Domain(name, Optional.of(new Guest.ByName("g'1"))),
        new Domain(name, Optional.of(new Guest.ByUuid(new UUID(random.nextLong(), 1)))),
        new UnixSocket(
            name,
            share,
            OutputDefinition.Mode.BIND,
            "/run/a",
            Optional.of(
                new Permissions(
                    random.nextInt(07777 + 1), OptionalLong.of(5), OptionalLong.empty()))),
        new UnixSocket(
            name, Share.CONNECTION, OutputDefinition.Mode.CONNECT, "/run/b", Optional.empty()),
        new Tcp(name, Share.CONNECTION, OutputDefinition.Mode.BIND, "::1", "99", Optional.empty()),
        new Tcp(
            name,
            share,
            OutputDefinition.Mode.BIND,
            "::",
            "99",
            Optional.of(
                new Tls("/etc/<'&\">", true, List.of("CN=\"a,b\",O=\\<&\\>"), List.of("h'")))),
        new Tcp(
            name,
            Share.CONNECTION,
            OutputDefinition.Mode.CONNECT,
            "h",
            "99",
            Optional.of(new Tls("/pki", true, List.of(), List.of()))),
        new Tcp(
            name,
            Share.CONNECTION,
            OutputDefinition.Mode.BIND,
            "h",
            "98",
            Optional.of(new Tls("/pki", false, List.of(), List.of()))));
  }
}

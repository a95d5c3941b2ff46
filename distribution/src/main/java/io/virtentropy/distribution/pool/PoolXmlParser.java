package io.virtentropy.distribution.pool;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.SourceSpec;
import io.virtentropy.distribution.pool.OutputDefinition.Domain;
import io.virtentropy.distribution.pool.OutputDefinition.Guest;
import io.virtentropy.distribution.pool.OutputDefinition.Permissions;
import io.virtentropy.distribution.pool.OutputDefinition.Share;
import io.virtentropy.distribution.pool.OutputDefinition.Tcp;
import io.virtentropy.distribution.pool.OutputDefinition.Tls;
import io.virtentropy.distribution.pool.OutputDefinition.UnixSocket;
import io.virtentropy.distribution.pool.PoolDefinition.SourceUse;
import io.virtentropy.distribution.pool.SourceDefinition.Device;
import io.virtentropy.distribution.pool.SourceDefinition.EgdHost;
import io.virtentropy.distribution.pool.SourceDefinition.EgdSocket;
import io.virtentropy.distribution.pool.SourceDefinition.Named;
import io.virtentropy.distribution.pool.SourceDefinition.Origin;
import io.virtentropy.distribution.pool.SourceDefinition.Rdrand;
import io.virtentropy.distribution.xml.InvalidXmlException;
import io.virtentropy.distribution.xml.XmlElement;
import io.virtentropy.distribution.xml.XmlReader;
import io.virtentropy.ratelimit.htb.Policy;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Reads the definition of a pool: XML in libvirt's style, held against the schema first and against
 * the rules that a schema can't state afterwards.
 */
public final class PoolXmlParser {
  private static final Pattern PLAIN_UUID =
      Pattern.compile("(.{8})-?(.{4})-?(.{4})-?(.{4})-?(.{12})");

  private final Supplier<UUID> newUuid;

  /**
   * Creates a parser.
   *
   * @param newUuid makes the UUID of a definition that has none, {@code UUID::randomUUID} as a rule
   */
  public PoolXmlParser(Supplier<UUID> newUuid) {
    this.newUuid = Objects.requireNonNull(newUuid, "newUuid");
  }

  /**
   * Reads a definition.
   *
   * @param document its name in messages
   * @param xml its text
   * @return the definition
   * @throws InvalidXmlException if it isn't acceptable: names the line and what is accepted
   */
  public PoolDefinition parse(String document, String xml) {
    XmlElement pool = XmlReader.read(document, xml);
    PoolSchema.validate(document, xml);
    PoolDefinition definition =
        new PoolDefinition(
            name(pool),
            uuid(pool),
            pool.child("title").map(XmlElement::text),
            pool.child("description").map(XmlElement::text),
            pool.children("source").stream().map(PoolXmlParser::source).toList(),
            pool.attribute("sources").orElse("failover").equals("mix")
                ? SourceUse.MIX
                : SourceUse.FAILOVER,
            policy(pool),
            classes(pool).attribute("default"),
            classes(pool).children("class").stream().map(PoolXmlParser::classDefinition).toList(),
            pool.child("outputs")
                .map(o -> o.children("output").stream().map(PoolXmlParser::output).toList()));
    PoolRules.check(pool, definition);
    return definition;
  }

  private static String name(XmlElement pool) {
    XmlElement element = pool.child("name").orElseThrow();
    String name = element.text();
    if (!PoolRules.isFileName(name)) {
      throw element.invalid(
          "the name '"
              + name
              + "' can't be that of a file; 1 to "
              + PoolRules.MAX_NAME_BYTES
              + " bytes without / and invisible characters are accepted, but not . and ..");
    }
    return name;
  }

  private UUID uuid(XmlElement pool) {
    return pool.child("uuid").map(u -> uuid(u.text())).orElseGet(newUuid);
  }

  /** With hyphens, or without. */
  private static UUID uuid(String text) {
    return UUID.fromString(PLAIN_UUID.matcher(text.strip()).replaceFirst("$1-$2-$3-$4-$5"));
  }

  private static XmlElement classes(XmlElement pool) {
    return pool.child("classes").orElseThrow();
  }

  private static Policy policy(XmlElement pool) {
    boolean borrow = classes(pool).attribute("policy").orElse("path").equals("borrow");
    return borrow ? Policy.BORROW : Policy.PATH;
  }

  private static SourceDefinition source(XmlElement source) {
    return new SourceDefinition(origin(source), bucket(source, "rate"));
  }

  private static Origin origin(XmlElement source) {
    return switch (source.required("type")) {
      case "char" -> new Device(source.child("device").orElseThrow().required("path"));
      case "egd" -> {
        XmlElement address = source.child("address").orElseThrow();
        Optional<String> path = address.attribute("path");
        yield path.isPresent()
            ? new EgdSocket(path.get())
            : new EgdHost(
                address.required("host"),
                address.required("service"),
                usesTls(address) ? Optional.of(directory(source)) : Optional.empty());
      }
      case "rdrand" -> new Rdrand();
      case "backend" -> named(source.child("backend").orElseThrow());
      default -> throw source.invalid("a source of a type that the schema lets through");
    };
  }

  /**
   * What names a source must be one in form; whether there is such a source is seen at the start.
   */
  private static Origin named(XmlElement backend) {
    try {
      SourceSpec.parse(backend.text());
    } catch (EntropySourceException e) {
      throw backend.invalid(e.getMessage());
    }
    return new Named(backend.text());
  }

  private static Optional<Bucket> bucket(XmlElement parent, String name) {
    return parent.child(name).map(PoolXmlParser::bucketOf);
  }

  static Bucket bucketOf(XmlElement limit) {
    return new Bucket(
        number(limit, "bytes").orElseThrow(), number(limit, "period"), number(limit, "burst"));
  }

  private static OptionalLong number(XmlElement element, String attribute) {
    Optional<String> text = element.attribute(attribute);
    return text.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(text.get().strip()));
  }

  private static ClassDefinition classDefinition(XmlElement c) {
    OptionalLong priority = number(c, "priority");
    return new ClassDefinition(
        c.required("name"),
        priority.isEmpty() ? OptionalInt.empty() : OptionalInt.of((int) priority.getAsLong()),
        number(c, "quantum"),
        bucket(c, "rate"),
        bucket(c, "peak"),
        c.children("class").stream().map(PoolXmlParser::classDefinition).toList());
  }

  private static OutputDefinition output(XmlElement output) {
    String className = output.required("class");
    return switch (output.required("type")) {
      case "domain" -> new Domain(className, output.child("domain").map(PoolXmlParser::guest));
      case "unix" -> {
        XmlElement source = output.child("source").orElseThrow();
        yield new UnixSocket(
            className,
            share(output),
            mode(source),
            source.required("path"),
            output.child("permissions").map(PoolXmlParser::permissions));
      }
      case "tcp" -> {
        XmlElement source = output.child("source").orElseThrow();
        yield new Tcp(
            className,
            share(output),
            mode(source),
            source.required("host"),
            source.required("service"),
            usesTls(source) ? Optional.of(tls(output)) : Optional.empty());
      }
      default -> throw output.invalid("an output of a type that the schema lets through");
    };
  }

  static boolean usesTls(XmlElement place) {
    return place.attribute("tls").orElse("no").equals("yes");
  }

  private static Tls tls(XmlElement output) {
    Optional<XmlElement> tls = output.child("tls");
    return new Tls(
        directory(output),
        !tls.flatMap(t -> t.attribute("verify")).orElse("yes").equals("no"),
        allowed(tls, "dn"),
        allowed(tls, "host"));
  }

  private static String directory(XmlElement parent) {
    return parent.child("tls").flatMap(t -> t.attribute("directory")).orElse(Tls.DEFAULT_DIRECTORY);
  }

  private static List<String> allowed(Optional<XmlElement> tls, String attribute) {
    return tls.stream()
        .flatMap(t -> t.children("allow").stream())
        .flatMap(a -> a.attribute(attribute).stream())
        .toList();
  }

  private static Guest guest(XmlElement domain) {
    Optional<String> uuid = domain.attribute("uuid");
    return uuid.isPresent()
        ? new Guest.ByUuid(uuid(uuid.get()))
        : new Guest.ByName(domain.required("name"));
  }

  static Share share(XmlElement output) {
    return output.attribute("share").orElse("connection").equals("peer")
        ? Share.PEER
        : Share.CONNECTION;
  }

  private static OutputDefinition.Mode mode(XmlElement source) {
    return source.required("mode").equals("bind")
        ? OutputDefinition.Mode.BIND
        : OutputDefinition.Mode.CONNECT;
  }

  private static Permissions permissions(XmlElement permissions) {
    return new Permissions(
        Integer.parseInt(permissions.child("mode").orElseThrow().text(), 8),
        textNumber(permissions, "owner"),
        textNumber(permissions, "group"));
  }

  private static OptionalLong textNumber(XmlElement parent, String name) {
    Optional<XmlElement> element = parent.child(name);
    return element.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(Long.parseLong(element.get().text().strip()));
  }
}

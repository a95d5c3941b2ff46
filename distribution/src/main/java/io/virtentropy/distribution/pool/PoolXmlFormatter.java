package io.virtentropy.distribution.pool;

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
import io.virtentropy.distribution.xml.XmlWriter;
import io.virtentropy.ratelimit.htb.Policy;

/** Writes the definition of a pool so that {@link PoolXmlParser} reads the same again. */
public final class PoolXmlFormatter {
  private PoolXmlFormatter() {}

  /**
   * Writes a definition.
   *
   * @param pool the definition
   * @return its document
   */
  public static String format(PoolDefinition pool) {
    XmlWriter out = new XmlWriter();
    out.start("entropypool");
    if (pool.sourceUse() == SourceUse.MIX) {
      out.attribute("sources", pool.sourceUse().xmlName());
    }
    out.start("name").endWithText(pool.name());
    out.start("uuid").endWithText(pool.uuid().toString());
    pool.title().ifPresent(title -> out.start("title").endWithText(title));
    pool.description().ifPresent(text -> out.start("description").endWithText(text));
    pool.sources().forEach(source -> write(source, out));
    out.start("classes").attribute("policy", pool.policy() == Policy.PATH ? "path" : "borrow");
    pool.defaultClass().ifPresent(name -> out.attribute("default", name));
    pool.classes().forEach(c -> write(c, out));
    out.end();
    pool.outputs()
        .ifPresent(
            outputs -> {
              out.start("outputs");
              outputs.forEach(output -> write(output, out));
              out.end();
            });
    out.end();
    return out.toString();
  }

  private static void write(SourceDefinition source, XmlWriter out) {
    Origin origin = source.origin();
    out.start("source");
    if (origin instanceof Device device) {
      out.attribute("type", "char").start("device").attribute("path", device.path()).end();
    } else if (origin instanceof EgdSocket socket) {
      out.attribute("type", "egd").start("address").attribute("path", socket.path()).end();
    } else if (origin instanceof EgdHost host) {
      out.attribute("type", "egd")
          .start("address")
          .attribute("host", host.host())
          .attribute("service", host.service());
      host.tlsDirectory().ifPresent(directory -> out.attribute("tls", "yes"));
      out.end();
      host.tlsDirectory()
          .ifPresent(directory -> out.start("tls").attribute("directory", directory).end());
    } else if (origin instanceof Named named) {
      out.attribute("type", "backend").start("backend").endWithText(named.backend());
    } else {
      out.attribute("type", "rdrand");
    }
    source.rate().ifPresent(rate -> write("rate", rate, out));
    out.end();
  }

  private static void write(String name, Bucket limit, XmlWriter out) {
    out.start(name).attribute("bytes", limit.bytes());
    limit.periodMillis().ifPresent(period -> out.attribute("period", period));
    limit.burst().ifPresent(burst -> out.attribute("burst", burst));
    out.end();
  }

  private static void write(ClassDefinition c, XmlWriter out) {
    out.start("class").attribute("name", c.name());
    c.priority().ifPresent(priority -> out.attribute("priority", priority));
    c.quantum().ifPresent(quantum -> out.attribute("quantum", quantum));
    c.rate().ifPresent(rate -> write("rate", rate, out));
    c.peak().ifPresent(peak -> write("peak", peak, out));
    c.classes().forEach(below -> write(below, out));
    out.end();
  }

  private static void write(OutputDefinition output, XmlWriter out) {
    out.start("output");
    if (output instanceof Domain domain) {
      out.attribute("type", "domain").attribute("class", domain.className());
      domain.guest().ifPresent(guest -> write(guest, out));
    } else if (output instanceof UnixSocket unix) {
      out.attribute("type", "unix").attribute("class", unix.className());
      writeShare(unix, out);
      out.start("source")
          .attribute("mode", unix.mode().xmlName())
          .attribute("path", unix.path())
          .end();
      unix.permissions().ifPresent(permissions -> write(permissions, out));
    } else if (output instanceof Tcp tcp) {
      out.attribute("type", "tcp").attribute("class", tcp.className());
      writeShare(tcp, out);
      out.start("source")
          .attribute("mode", tcp.mode().xmlName())
          .attribute("host", tcp.host())
          .attribute("service", tcp.service());
      tcp.tls().ifPresent(tls -> out.attribute("tls", "yes"));
      out.end();
      tcp.tls().ifPresent(tls -> write(tls, out));
    }
    out.end();
  }

  private static void writeShare(OutputDefinition output, XmlWriter out) {
    if (output.share() != Share.CONNECTION) {
      out.attribute("share", output.share().xmlName());
    }
  }

  private static void write(Tls tls, XmlWriter out) {
    out.start("tls")
        .attribute("directory", tls.directory())
        .attribute("verify", tls.verify() ? "yes" : "no");
    tls.allowedSubjects().forEach(dn -> out.start("allow").attribute("dn", dn).end());
    tls.allowedHosts().forEach(host -> out.start("allow").attribute("host", host).end());
    out.end();
  }

  private static void write(Guest guest, XmlWriter out) {
    out.start("domain");
    if (guest instanceof Guest.ByUuid byUuid) {
      out.attribute("uuid", byUuid.uuid());
    } else if (guest instanceof Guest.ByName byName) {
      out.attribute("name", byName.name());
    }
    out.end();
  }

  private static void write(Permissions permissions, XmlWriter out) {
    out.start("permissions");
    out.start("mode").endWithText(String.format("%04o", permissions.mode()));
    permissions.owner().ifPresent(owner -> out.start("owner").endWithText(Long.toString(owner)));
    permissions.group().ifPresent(group -> out.start("group").endWithText(Long.toString(group)));
    out.end();
  }
}

package io.virtentropy.distribution.pool;

import io.virtentropy.backends.egd.EgdAddress;
import io.virtentropy.backends.egd.TlsPeers;
import io.virtentropy.distribution.pool.OutputDefinition.Share;
import io.virtentropy.distribution.xml.Printable;
import io.virtentropy.distribution.xml.XmlElement;
import io.virtentropy.ratelimit.htb.Policy;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What must hold of a definition beyond what the schema states. */
final class PoolRules {
  /** A pool's file is its name and {@code .xml}; file systems end at 255 bytes. */
  static final int MAX_NAME_BYTES = 200;

  /**
   * Classes on a path. The limiter has 8, of which one stands for the source and one for each
   * client, and another for who has one share with all of his.
   */
  static final int MAX_DEPTH = 6;

  /** What is known of a class: its element, and how deep it is; 1 at the top. */
  private record Found(XmlElement element, int depth) {}

  private PoolRules() {}

  static boolean isFileName(String name) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    return bytes >= 1
        && bytes <= MAX_NAME_BYTES
        && !name.equals(".")
        && !name.equals("..")
        && name.codePoints().allMatch(c -> c != '/' && Printable.isPrintable(c));
  }

  static void check(XmlElement pool, PoolDefinition definition) {
    XmlElement classes = pool.child("classes").orElseThrow();
    Map<String, Found> byName = new HashMap<>();
    for (XmlElement top : classes.children("class")) {
      checkClass(top, 1, definition.policy(), byName);
    }
    definition.defaultClass().ifPresent(name -> requireLeaf(classes, "default", name, byName));
    for (XmlElement source : pool.children("source")) {
      source.child("tls").ifPresent(tls -> requireUse(tls, source.child("address")));
    }
    Optional<XmlElement> outputs = pool.child("outputs");
    if (outputs.isPresent()) {
      checkOutputs(outputs.get().children("output"), definition.policy(), byName);
    }
  }

  private static void checkClass(
      XmlElement c, int depth, Policy policy, Map<String, Found> byName) {
    String name = c.required("name");
    Found before = byName.putIfAbsent(name, new Found(c, depth));
    if (before != null) {
      throw c.invalid(
          "a second class '"
              + name
              + "'; the first is in line "
              + before.element().place().line()
              + ", and names that no other class of the pool has are accepted");
    }
    if (depth > MAX_DEPTH) {
      throw c.invalid(
          "class '" + name + "' is " + depth + " deep; up to " + MAX_DEPTH + " is accepted");
    }
    Optional<XmlElement> rate = c.child("rate");
    Optional<XmlElement> peak = c.child("peak");
    if (policy == Policy.BORROW && rate.isEmpty()) {
      throw c.invalid(
          "class '"
              + name
              + "' has no <rate>, the guarantee that policy 'borrow' needs of every class");
    }
    if (rate.isPresent() && peak.isPresent() && !fits(rate.get(), peak.get())) {
      throw peak.get()
          .invalid("the peak of class '" + name + "' is below its rate; at least that is accepted");
    }
    for (XmlElement below : c.children("class")) {
      checkClass(below, depth + 1, policy, byName);
    }
  }

  private static boolean fits(XmlElement rate, XmlElement peak) {
    return bucket(rate).toRate().isAtMost(bucket(peak).toRate());
  }

  private static Bucket bucket(XmlElement limit) {
    return PoolXmlParser.bucketOf(limit);
  }

  private static Found requireLeaf(
      XmlElement where, String attribute, String name, Map<String, Found> byName) {
    Found c = byName.get(name);
    if (c == null) {
      throw where.invalid(attribute + " names class '" + name + "', which the pool doesn't have");
    }
    if (!c.element().children("class").isEmpty()) {
      throw where.invalid(
          attribute
              + " names class '"
              + name
              + "', which has classes below; one without is accepted");
    }
    return c;
  }

  private static void requireUse(XmlElement tls, Optional<XmlElement> place) {
    if (place.isEmpty() || !PoolXmlParser.usesTls(place.get())) {
      throw tls.invalid(
          "<tls> is of use with tls='yes' where the host is named, and accepted there");
    }
  }

  private static void checkTls(XmlElement tls, XmlElement source) {
    requireUse(tls, Optional.of(source));
    List<XmlElement> allowed = tls.children("allow");
    if (tls.attribute("verify").orElse("yes").equals("no")) {
      if (source.required("mode").equals("connect")) {
        throw tls.invalid(
            "verify='no' where we connect: the certificate of whom we give entropy is always"
                + " verified; verify='yes' is accepted");
      }
      if (!allowed.isEmpty()) {
        throw allowed
            .get(0)
            .invalid(
                "nobody can be told by a certificate with verify='no'; verify='yes' is accepted");
      }
    }
    for (XmlElement one : allowed) {
      try {
        TlsPeers unused = TlsPeers.of(one.attribute("dn").stream().toList(), List.of());
      } catch (IllegalArgumentException e) {
        throw one.invalid(e.getMessage());
      }
    }
  }

  /** Who has one share has to be known, and takes a level of the limiter. */
  private static void checkSharedByPeer(XmlElement output, Policy policy, Found c) {
    XmlElement source = output.child("source").orElseThrow();
    if (source.required("mode").equals("connect")) {
      throw output.invalid(
          "share='peer' where we connect, and there is one connection; mode='bind' is accepted");
    }
    boolean verified =
        PoolXmlParser.usesTls(source)
            && output.child("tls").flatMap(t -> t.attribute("verify")).orElse("yes").equals("yes");
    if (source.attribute("path").isEmpty() && !verified) {
      throw output.invalid(
          "share='peer' where no certificate says who is there; tls='yes' and verify='yes' is"
              + " accepted");
    }
    if (policy == Policy.BORROW) {
      throw output.invalid(
          "share='peer' with policy 'borrow', which guarantees each connection something; policy"
              + " 'path' is accepted");
    }
    if (c.depth() == MAX_DEPTH) {
      throw output.invalid(
          "share='peer' for class '"
              + c.element().required("name")
              + "', which is "
              + MAX_DEPTH
              + " deep; up to "
              + (MAX_DEPTH - 1)
              + " is accepted");
    }
  }

  private static void checkOutputs(
      List<XmlElement> outputs, Policy policy, Map<String, Found> byName) {
    Set<String> taken = new HashSet<>();
    for (XmlElement output : outputs) {
      Found c = requireLeaf(output, "class", output.required("class"), byName);
      if (PoolXmlParser.share(output) == Share.PEER) {
        checkSharedByPeer(output, policy, c);
      }
      Optional<XmlElement> source = output.child("source");
      if (source.isEmpty()) {
        continue;
      }
      output.child("tls").ifPresent(tls -> checkTls(tls, source.get()));
      Optional<String> path = source.get().attribute("path");
      String place =
          path.orElseGet(
              () -> source.get().required("host") + " port " + source.get().required("service"));
      if (!taken.add(place)) {
        throw source.get().invalid("a second output at " + place + "; one is accepted");
      }
      if (path.isPresent()
          && path.get().getBytes(StandardCharsets.UTF_8).length > EgdAddress.MAX_SOCKET_PATH) {
        throw source
            .get()
            .invalid(
                "the socket's path is longer than the "
                    + EgdAddress.MAX_SOCKET_PATH
                    + " bytes that are accepted");
      }
    }
  }
}

/** One source of entropy shared by many guests, described and driven in libvirt's terms. */
// Jing has no module descriptor, and no other RELAX NG validator for Java is kept up; nor has
// libvirt's binding, which is the official one.
@SuppressWarnings("requires-automatic")
module io.virtentropy.distribution {
  requires com.sun.jna;
  requires io.netty.buffer;
  requires jakarta.json;
  requires java.xml;
  requires jdk.net;
  requires jing;
  requires libvirt;
  requires org.eclipse.jetty.http;
  requires org.eclipse.jetty.io;
  requires org.eclipse.jetty.server;
  requires org.eclipse.jetty.unixdomain.server;
  requires org.eclipse.jetty.util;
  requires transitive io.virtentropy.backends;
  requires transitive io.virtentropy.ratelimit;

  exports io.virtentropy.distribution.daemon;
  exports io.virtentropy.distribution.libvirt;
  exports io.virtentropy.distribution.management;
  exports io.virtentropy.distribution.pool;
  exports io.virtentropy.distribution.registry;
  exports io.virtentropy.distribution.rng;
  exports io.virtentropy.distribution.serving;
  exports io.virtentropy.distribution.xml;

  // JNA calls back what is called by libvirt.
  opens io.virtentropy.distribution.libvirt to
      com.sun.jna;
}

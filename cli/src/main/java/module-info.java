/** The {@code virtentropy} command. */
module io.virtentropy.cli {
  requires info.picocli;
  requires io.netty.buffer;
  requires io.virtentropy.distribution;
  requires io.virtentropy.vhostuser;
  requires io.virtentropy.virtio;
  requires jakarta.json;
  requires java.logging;
  requires org.eclipse.jetty.client;
  requires org.eclipse.jetty.io;
  // So that the events of the libraries, which do without it, have somewhere to go.
  requires jdk.jfr;

  exports io.virtentropy.cli;

  uses io.virtentropy.cli.Subcommand;

  opens io.virtentropy.cli to
      info.picocli;
}

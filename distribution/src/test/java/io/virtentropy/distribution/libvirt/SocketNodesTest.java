package io.virtentropy.distribution.libvirt;

import static io.virtentropy.distribution.libvirt.DomainXml.egd;
import static io.virtentropy.distribution.libvirt.DomainXml.running;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.libvirt.EntropyDevice.Reachable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A socket in the file system")
final class SocketNodesTest {
  @TempDir Path folder;

  private final SocketNodes nodes = SocketNodes.inFileSystem();
  private Path socket;

  @BeforeEach
  void name() {
    socket = folder.resolve("s");
  }

  private ServerSocketChannel listen() throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket));
    return server;
  }

  private RunningDomain look(long id, Optional<RunningDomain> before) {
    RunningDomain domain =
        DomainXmlParser.parse("domain", running("g", id, "", egd("rng0", socket))).orElseThrow();
    return nodes.look(domain, before);
  }

  private static String incarnation(RunningDomain domain) {
    return domain.incarnation((Reachable) domain.devices().get(0));
  }

  @Test
  @DisplayName("should stay the same while it is used, and change owner and mode")
  void same() throws IOException {
    try (ServerSocketChannel server = listen()) {
      String before = incarnation(look(1, Optional.empty()));
      try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket));
          SocketChannel served = server.accept()) {
        assertEquals(client.getLocalAddress(), served.getRemoteAddress());
        Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rwx------"));
      }
      assertEquals(before, incarnation(look(1, Optional.empty())));
    }
  }

  @Test
  @DisplayName("should be another when it was made anew")
  void another() throws IOException {
    String first;
    try (ServerSocketChannel server = listen()) {
      assertTrue(server.isOpen());
      first = incarnation(look(1, Optional.empty()));
      Files.move(socket, folder.resolve("kept")); // so that its number isn't given to the next
    }
    try (ServerSocketChannel server = listen()) {
      assertTrue(server.isOpen());
      assertNotEquals(first, incarnation(look(1, Optional.empty())));
    }
  }

  @Test
  @DisplayName("should be taken for what it was when it is gone, in the same run only")
  void gone() throws IOException {
    RunningDomain before;
    try (ServerSocketChannel server = listen()) {
      before = look(1, Optional.empty());
      Files.delete(socket);
      assertTrue(server.isOpen());
    }
    assertEquals(incarnation(before), incarnation(look(1, Optional.of(before))));
    assertEquals(DomainXml.uuid("g") + "/2", incarnation(look(2, Optional.of(before))));
  }
}

package io.virtentropy.distribution.libvirt;

import static io.virtentropy.distribution.libvirt.DomainXml.egd;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.libvirt.EntropyDevice.Reachable;
import io.virtentropy.distribution.libvirt.Hypervisor.Connection;
import io.virtentropy.distribution.libvirt.Hypervisor.Events;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.LibvirtException;

/**
 * libvirt itself, with the driver that it has for tests: domains that are no more than a
 * description, and all connections of one process to {@code test:///default} see the same. That of
 * QEMU is conformance-tests' to try.
 */
@DisplayName("A connection to libvirt")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class LibvirtConnectionIT {
  private static final LibvirtUri URI = new LibvirtUri("test:///default");
  private static final Path SOCKET = Path.of("/run/egd/guest.sock");

  /** What is told, by UUID. */
  private static final class Told implements Events {
    private final BlockingQueue<UUID> changed = new LinkedBlockingQueue<>();

    @Override
    public void domainChanged(UUID domain) {
      changed.add(domain);
    }

    @Override
    public void connectionLost(String why) {
      throw new AssertionError(why);
    }

    /** Waits until this domain is told of; others that are don't matter. */
    void await(UUID domain) throws InterruptedException {
      while (!changed.take().equals(domain)) {
        // another's
      }
    }

    /** Lets everything be told that has happened, since events keep their order; and forgets it. */
    void settle(Connect operator) throws LibvirtException, InterruptedException {
      Domain marker = operator.domainDefineXML(guest("marker"));
      await(DomainXml.uuid("marker"));
      changed.clear();
      marker.undefine();
      marker.free();
    }
  }

  private static String guest(String name) {
    return DomainXml.inactive(name, egd("rng0", SOCKET))
        .replace("type='qemu'", "type='test'")
        .replace("<devices>", "<os><type>hvm</type></os><devices>");
  }

  private static RunningDomain read(Connection connection, UUID uuid) throws HypervisorException {
    return DomainXmlParser.parse("domain", connection.xml(uuid).orElseThrow()).orElseThrow();
  }

  @Test
  @DisplayName("should find what runs, tell of starts, stops and metadata, and change nothing")
  void lifeCycle() throws HypervisorException, LibvirtException, InterruptedException {
    Told told = new Told();
    LibvirtHypervisor libvirt = LibvirtHypervisor.at(URI);
    UUID uuid = DomainXml.uuid("guest");
    try (Connection connection = libvirt.connect(told)) {
      assertTrue(connection.isAlive());
      int before = connection.runningDomains().size();
      Connect operator = new Connect(URI.value());
      Domain guest = operator.domainCreateXML(guest("guest"), 0);
      told.await(uuid);
      assertEquals(before + 1, connection.runningDomains().size());
      assertTrue(connection.runningDomains().contains(uuid));
      RunningDomain found = read(connection, uuid);
      assertEquals("guest", found.name());
      assertEquals(
          List.of(new Reachable("rng0", SOCKET, PoolWish.NONE, Optional.empty())), found.devices());

      told.settle(operator);
      guest.setMetadata(
          Domain.MetadataType.ELEMENT,
          "<entropy class='gold'/>",
          "virtentropy",
          EntropyMetadata.NAMESPACE,
          Domain.ModificationImpact.LIVE);
      told.await(uuid);
      assertEquals(
          Optional.of("gold"),
          ((Reachable) read(connection, uuid).devices().get(0)).wish().className());

      told.settle(operator);
      guest.destroy();
      told.await(uuid);
      assertFalse(connection.runningDomains().contains(uuid));
      assertEquals(Optional.empty(), connection.xml(uuid));
      guest.free();
      operator.close();
    }
  }

  @Test
  @DisplayName("should not be told about any more once it is closed")
  void closed() throws HypervisorException, LibvirtException, InterruptedException {
    LibvirtHypervisor libvirt = LibvirtHypervisor.at(URI);
    Told gone = new Told();
    Told told = new Told();
    Connection first = libvirt.connect(gone);
    try (Connection second = libvirt.connect(told)) {
      first.close();
      Connect operator = new Connect(URI.value());
      Domain guest = operator.domainCreateXML(guest("second"), 0);
      told.await(DomainXml.uuid("second"));
      assertTrue(second.isAlive());
      assertTrue(gone.changed.isEmpty());
      guest.destroy();
      guest.free();
      operator.close();
    }
  }

  @Test
  @DisplayName("should answer, or say that it is closed, who asks while it is closed")
  void closedWhileAsked() throws HypervisorException, InterruptedException {
    LibvirtHypervisor libvirt = LibvirtHypervisor.at(URI);
    for (int round = 0; round < 20; round++) {
      Connection connection = libvirt.connect(new Told());
      CountDownLatch asked = new CountDownLatch(1);
      BlockingQueue<String> ends = new LinkedBlockingQueue<>();
      Thread asker =
          new Thread(
              () -> {
                try {
                  while (true) {
                    for (UUID uuid : connection.runningDomains()) {
                      assertTrue(connection.xml(uuid).isPresent());
                    }
                    asked.countDown();
                  }
                } catch (HypervisorException e) {
                  ends.add(e.getMessage());
                }
              });
      asker.start();
      asked.await();
      connection.close();
      assertEquals("the connection was closed", ends.take());
      asker.join();
    }
  }

  @Test
  @DisplayName("should say in one sentence why it can't be made")
  void unreachable() throws HypervisorException {
    LibvirtHypervisor nobody =
        LibvirtHypervisor.at(new LibvirtUri("qemu+unix:///system?socket=/nobody/listens/here"));
    assertTrue(
        assertThrows(HypervisorException.class, () -> nobody.connect(new Told()))
            .getMessage()
            .contains("/nobody/listens/here"));
  }
}

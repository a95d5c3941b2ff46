package io.virtentropy.distribution.libvirt;

import static io.virtentropy.distribution.libvirt.DomainXml.egd;
import static io.virtentropy.distribution.libvirt.DomainXml.entropy;
import static io.virtentropy.distribution.libvirt.DomainXml.running;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.distribution.daemon.DaemonEvent;
import io.virtentropy.distribution.daemon.DaemonEvent.Kind;
import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.registry.DirectoryStore;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With real pools and real sockets; libvirt alone is not one. */
@DisplayName("Guests of libvirt")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class LibvirtGuestsTest {
  private static final int PRIMER = 64;

  @TempDir Path folder;

  private final FakeHypervisor libvirt = new FakeHypervisor();
  private final BlockingQueue<DaemonEvent> events = new LinkedBlockingQueue<>();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private PoolControl control;
  private LibvirtGuests guests;

  @BeforeEach
  void prepare() {
    EventStream stream = new EventStream(InstantSource.system());
    stream.subscribe(events::add);
    control =
        new PoolControl(
            new DirectoryStore(folder.resolve("pools")),
            spec -> new CounterBackend(1),
            NanoClock.system(),
            Thread::new,
            stream);
    guests =
        new LibvirtGuests(
            new LibvirtUri("fake:///"),
            "default",
            libvirt,
            SocketNodes.inFileSystem(),
            control,
            NanoClock.system(),
            this::thread);
  }

  private Thread thread(Runnable work) {
    Thread thread = new Thread(work, "guests");
    thread.setDaemon(true);
    threads.add(thread);
    return thread;
  }

  @AfterEach
  void close() {
    guests.close();
    control.close();
  }

  private void define(String name) {
    control.define(
        "pool",
        "<entropypool><name>"
            + name
            + "</name><source type='char'><device path='/dev/x'/></source>"
            + "<classes default='free'><class name='free'/><class name='gold'/></classes>"
            + "</entropypool>");
  }

  /** Waits for an event, and passes over those before it. */
  private DaemonEvent await(Kind kind) throws InterruptedException {
    while (true) {
      DaemonEvent event = events.take();
      if (event.kind() == kind) {
        return event;
      }
    }
  }

  private Path socket(String name) {
    return folder.resolve(name);
  }

  /** What QEMU does. A former socket is kept, so that its number isn't given to the next. */
  private ServerSocketChannel listen(String name) throws IOException {
    if (Files.exists(socket(name))) {
      Files.move(socket(name), folder.resolve("former-" + name));
    }
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket(name)));
    return server;
  }

  private void run(String name, long id, String metadata) {
    libvirt.run(name, running(name, id, metadata, egd("rng0", socket(name))));
  }

  private static void read(SocketChannel channel, int bytes) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(bytes);
    while (in.hasRemaining()) {
      assertTrue(channel.read(in) >= 0, "closed after " + in.position() + " bytes");
    }
  }

  /**
   * Reads the primer of the first connection that brings one: before the daemon hears of the new
   * QEMU it may have connected there for the former one, and it ends that without a byte.
   */
  private static SocketChannel acceptServed(ServerSocketChannel qemu) throws IOException {
    while (true) {
      SocketChannel served = qemu.accept();
      ByteBuffer in = ByteBuffer.allocate(PRIMER);
      if (served.read(in) > 0) {
        read(served, in.remaining());
        return served;
      }
      served.close();
    }
  }

  @Test
  @DisplayName("should be served as soon as there is a pool for them")
  void laterPool() throws IOException, InterruptedException {
    try (ServerSocketChannel qemu = listen("g")) {
      run("g", 1, "");
      guests.start();
      assertEquals(
          "g/rng0 is not served: entropy pool 'default' not found",
          await(Kind.CLIENT_TROUBLE).detail());
      define("default");
      assertEquals(
          "g/rng0 is not served: entropy pool 'default' is not active",
          await(Kind.CLIENT_TROUBLE).detail());
      control.create("default");
      assertEquals("g/rng0, class free", await(Kind.CLIENT_ATTACHED).detail());
      try (SocketChannel served = qemu.accept()) {
        read(served, PRIMER);
      }
      assertEquals("default", guests.report().devices().get(0).pool());
    }
  }

  @Test
  @DisplayName("should be served anew by a pool that is stopped and started")
  void poolRestarted() throws IOException, InterruptedException {
    define("default");
    control.create("default");
    try (ServerSocketChannel qemu = listen("g")) {
      run("g", 1, "");
      guests.start();
      await(Kind.CLIENT_ATTACHED);
      control.destroy("default", false);
      assertEquals(
          "g/rng0 is not served: entropy pool 'default' is not active",
          await(Kind.CLIENT_TROUBLE).detail());
      control.create("default");
      await(Kind.CLIENT_ATTACHED);
      assertTrue(qemu.isOpen());
    }
  }

  @Test
  @DisplayName("should be served anew when they are started again, and when their metadata change")
  void restartedAndMoved() throws IOException, InterruptedException {
    for (String pool : new String[] {"default", "other"}) {
      define(pool);
      control.create(pool);
    }
    run("g", 1, "");
    try (ServerSocketChannel first = listen("g")) {
      guests.start();
      await(Kind.CLIENT_ATTACHED);
      assertTrue(first.isOpen());
    }
    // libvirtd was started anew in between, and gives the number it gave before.
    try (ServerSocketChannel second = listen("g")) {
      libvirt.tell("g");
      SocketChannel served = acceptServed(second);
      run("g", 1, entropy("pool='other' class='gold'"));
      libvirt.tell("g");
      DaemonEvent moved = await(Kind.CLIENT_ATTACHED);
      while (!moved.pool().equals("other")) {
        moved = await(Kind.CLIENT_ATTACHED);
      }
      assertEquals("g/rng0, class gold", moved.detail());
      served.close();
    }
    libvirt.stop("g");
    libvirt.tell("g");
    run("h", 2, entropy("pool='nowhere'"));
    libvirt.tell("h");
    await(Kind.CLIENT_DETACHED);
    while (!guests.report().devices().stream().allMatch(d -> d.domain().equals("h"))) {
      await(Kind.CLIENT_TROUBLE);
    }
  }

  @Test
  @DisplayName("should be served, and pools started and stopped, while libvirt hangs")
  void hanging() throws IOException, InterruptedException {
    CountDownLatch until = new CountDownLatch(1);
    define("default");
    try (ServerSocketChannel qemu = listen("g")) {
      run("g", 1, "");
      guests.start();
      await(Kind.LIBVIRT_CONNECTED);
      CountDownLatch hangs = libvirt.hang("g", until);
      libvirt.tell("g");
      hangs.await();
      assertTrue(guests.report().connection().waitingNanos() > 0);
      control.create("default");
      await(Kind.CLIENT_ATTACHED);
      try (SocketChannel served = qemu.accept()) {
        read(served, PRIMER);
        served.write(ByteBuffer.wrap(new byte[] {2, (byte) 200}));
        read(served, 200);
      }
      control.destroy("default", false);
      guests.close();
      assertTrue(threads.stream().anyMatch(Thread::isAlive));
    } finally {
      until.countDown();
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  @Test
  @DisplayName("should be found and given up while libvirt hangs about another")
  void oneHangs() throws IOException, InterruptedException {
    CountDownLatch until = new CountDownLatch(1);
    define("default");
    control.create("default");
    try (ServerSocketChannel g = listen("g");
        ServerSocketChannel h = listen("h")) {
      run("g", 1, "");
      guests.start();
      assertEquals("g/rng0, class free", await(Kind.CLIENT_ATTACHED).detail());
      CountDownLatch hangs = libvirt.hang("g", until);
      libvirt.tell("g");
      hangs.await();
      run("h", 2, "");
      libvirt.tell("h");
      assertEquals("h/rng0, class free", await(Kind.CLIENT_ATTACHED).detail());
      libvirt.stop("h");
      libvirt.tell("h");
      assertTrue(await(Kind.CLIENT_DETACHED).detail().startsWith("h/rng0, class free, "));
      libvirt.stop("g");
      until.countDown();
      assertTrue(await(Kind.CLIENT_DETACHED).detail().startsWith("g/rng0, class free, "));
      assertTrue(g.isOpen() && h.isOpen());
    } finally {
      until.countDown();
    }
  }

  @Test
  @DisplayName("should not lose their connections when libvirt is lost and found")
  void libvirtLost() throws IOException, InterruptedException {
    define("default");
    control.create("default");
    try (ServerSocketChannel qemu = listen("g")) {
      run("g", 1, "");
      guests.start();
      try (SocketChannel served = qemu.accept()) {
        read(served, PRIMER);
        libvirt.events().connectionLost("it fell over");
        await(Kind.LIBVIRT_LOST);
        await(Kind.LIBVIRT_CONNECTED);
        served.write(ByteBuffer.wrap(new byte[] {2, 100}));
        read(served, 100);
      }
    }
  }
}

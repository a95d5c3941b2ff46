package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The daemon as a process on its module path, managed by the commands. */
@DisplayName("The daemon")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class DaemonIT {
  @TempDir Path folder;

  private DaemonProcess daemon;

  private record Result(int exit, String out, String err) {}

  private void start(String... more) throws IOException {
    start(Map.of(), more);
  }

  private void start(Map<String, String> environment, String... more) throws IOException {
    daemon = DaemonProcess.start(folder, environment, more);
  }

  private String await(String beginning) throws IOException {
    return daemon.await(beginning);
  }

  @AfterEach
  void end() {
    daemon.process().destroyForcibly();
  }

  private Result run(String command, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = VirtentropyCommand.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of("--control", folder.resolve("control").toString()));
    all.addAll(List.of(arguments));
    return new Result(line.execute(all.toArray(new String[0])), out.toString(), err.toString());
  }

  private void ok(String out, String command, String... arguments) {
    assertEquals(new Result(0, out, ""), run(command, arguments));
  }

  private Path definition(Path socket) throws IOException {
    return Files.writeString(
        folder.resolve("pool.xml"),
        "<entropypool><name>shared</name><source type='backend'><backend>counter</backend>"
            + "</source><classes default='guests'><class name='guests'/></classes>"
            + "<outputs><output type='unix' class='guests'><source mode='bind' path='"
            + socket
            + "'/></output></outputs></entropypool>");
  }

  @Test
  @DisplayName("should say so where its locale has no letters for a pool's name")
  void locale() throws IOException {
    Path file = definition(folder.resolve("egd"));
    Files.writeString(file, Files.readString(file).replace("shared", "gäste"));
    start(Map.of("LC_ALL", "C"));
    await("managed at ");
    Result refused = run("pool-define", file.toString());
    assertEquals(1, refused.exit());
    assertTrue(
        refused.err().endsWith("accepted in a locale of UTF-8, such as LC_ALL=C.UTF-8\n"),
        refused.err());
    ok("", "pool-list", "--all", "--name");
  }

  /** Stands in for systemd: Java has no datagram sockets of this kind, and Perl is everywhere. */
  private static final String NOTIFY_SOCKET =
      "socket(S, AF_UNIX, SOCK_DGRAM, 0) && bind(S, sockaddr_un($ARGV[0])) or die $!; $| = 1;"
          + "print qq(bound\\n); print qq($m\\n) while defined recv(S, $m, 4096, 0);";

  @Test
  @DisplayName("should tell systemd that it is ready when guests of its pools can connect")
  void ready() throws IOException {
    Path socket = folder.resolve("egd");
    start();
    await("managed at ");
    assertEquals(0, run("pool-define", definition(socket).toString()).exit());
    assertEquals(0, run("pool-autostart", "shared").exit());
    daemon.process().destroyForcibly().onExit().join();
    Path notify = folder.resolve("notify");
    Process systemd =
        new ProcessBuilder("perl", "-MSocket", "-e", NOTIFY_SOCKET, notify.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader told = systemd.inputReader()) {
      assertEquals("bound", told.readLine());
      start(Map.of("NOTIFY_SOCKET", notify.toString()));
      assertEquals("READY=1", told.readLine());
      read(socket, 16);
      assertTrue(await("managed at ").endsWith("1 active"));
    } finally {
      systemd.destroyForcibly();
    }
  }

  @Test
  @DisplayName("should go on where systemd does not listen to it")
  void unheard() throws IOException {
    start(Map.of("NOTIFY_SOCKET", folder.resolve("nobody").toString()));
    await("managed at ");
    await("trouble: systemd-notify ended with exit code ");
    ok("", "pool-list", "--all", "--name");
  }

  private static void read(Path socket, int bytes) throws IOException {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      client.write(ByteBuffer.wrap(new byte[] {2, (byte) bytes}));
      ByteBuffer in = ByteBuffer.allocate(bytes);
      while (in.hasRemaining()) {
        assertTrue(client.read(in) >= 0);
      }
    }
  }

  @Test
  @DisplayName("should serve a pool that was defined and started, again after SIGKILL")
  void life() throws IOException, InterruptedException {
    Path socket = folder.resolve("egd");
    Path file = definition(socket);
    start();
    assertTrue(await("managed at ").endsWith("0 active"));
    ok("Entropy pool shared defined from " + file + "\n", "pool-define", file.toString());
    ok("Entropy pool shared started\n", "pool-start", "shared");
    ok("Entropy pool shared marked as autostarted\n", "pool-autostart", "shared");
    ok(
        " Name     State    Autostart\n-----------------------------\n shared   active   yes\n\n",
        "pool-list");
    Path bad = Files.writeString(folder.resolve("bad.xml"), "<entropypool>\n<name/>");
    Result broken = run("pool-define", bad.toString());
    assertEquals(1, broken.exit());
    assertTrue(
        broken.err().startsWith("virtentropy pool-define: " + bad + ":2:8: not well-formed XML"),
        broken.err());
    ok("", "pool-list", "--inactive", "--autostart", "--name");
    await("pool shared: started");
    read(socket, 200);
    await("pool shared: client-detached");
    Result info = run("pool-info", "shared");
    assertTrue(info.out().contains(" guests   200"), info.out());
    Result again = run("pool-start", "shared");
    assertEquals(1, again.exit());
    assertEquals("virtentropy pool-start: entropy pool 'shared' is already active\n", again.err());
    assertEquals(1, run("pool-undefine", "shared").exit());

    daemon.process().destroyForcibly().waitFor();
    start();
    assertTrue(await("managed at ").endsWith("1 active"));
    read(socket, 100);

    ok("Entropy pool shared destroyed\n", "pool-destroy", "--graceful", "shared");
    assertFalse(Files.exists(socket));
    assertTrue(run("pool-dumpxml", "shared").out().contains("<name>shared</name>"));
    ok("Entropy pool shared has been undefined\n", "pool-undefine", "shared");
    ok("", "pool-list", "--all", "--name");
    daemon.process().toHandle().destroy(); // SIGTERM; the streams stay open
    await("ended");
    assertEquals(0, daemon.process().waitFor());
    Result gone = run("pool-list");
    assertEquals(2, gone.exit());
    assertTrue(gone.err().contains("no daemon listens at "), gone.err());
  }

  @Test
  @DisplayName("should follow libvirt's domains, and say that it does")
  void libvirt() throws IOException, InterruptedException {
    start("--libvirt", "test:///default");
    await("managed at ");
    assertEquals("libvirt-connected: test:///default, 1 domains run", await("libvirt-connected"));
    daemon.process().toHandle().destroy(); // SIGTERM; the streams stay open
    await("ended");
    assertEquals(0, daemon.process().waitFor());
  }

  @Test
  @DisplayName("should serve without libvirt, and say once that it isn't there")
  void withoutLibvirt() throws IOException, InterruptedException {
    Path socket = folder.resolve("egd");
    Path nobody = folder.resolve("nobody");
    start("--libvirt", "qemu+unix:///system?socket=" + nobody);
    String trouble = await("trouble: libvirt can't be reached at qemu+unix:///system?socket=");
    assertTrue(trouble.contains("'" + nobody + "'"), trouble);
    ok(
        "Entropy pool shared defined from " + definition(socket) + "\n",
        "pool-define",
        definition(socket).toString());
    ok("Entropy pool shared started\n", "pool-start", "shared");
    read(socket, 200);
    daemon.process().toHandle().destroy(); // SIGTERM; the streams stay open
    await("ended");
    assertEquals(0, daemon.process().waitFor());
  }
}

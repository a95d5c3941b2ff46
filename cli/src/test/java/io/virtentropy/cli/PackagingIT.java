package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the installer puts in place, tried as the unit would run it, and taken away again. */
@DisplayName("An installation")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class PackagingIT {
  private static final Path BASE =
      Path.of(System.getProperty("basedir", ".")).toAbsolutePath().normalize();
  private static final Path INSTALL = BASE.resolveSibling("packaging").resolve("install");

  /**
   * Of 100; what is left is told in the unit: the network, device nodes, the JVM's own code, and
   * another process than the daemon's that says when it is ready.
   */
  private static final int MOST_EXPOSED = 18;

  private static final String NOBODY = "65534";

  @TempDir Path folder;

  private record Result(int exit, String out, String err) {}

  private static ProcessBuilder process(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    return builder;
  }

  private Result run(List<String> command) throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    int exit =
        process(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start().waitFor();
    return new Result(exit, Files.readString(out), Files.readString(err));
  }

  private Result ok(String... command) throws IOException, InterruptedException {
    Result result = run(List.of(command));
    assertEquals(0, result.exit(), result::toString);
    return result;
  }

  private Result install(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(INSTALL.toString()));
    command.addAll(List.of(arguments));
    return ok(command.toArray(new String[0]));
  }

  private static Set<String> files(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile)
          .map(file -> "/" + root.relativize(file))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  @DisplayName("should be put below a folder for a package, and be taken away but for settings")
  void destination() throws IOException, InterruptedException {
    Path root = installed();
    Set<String> files = files(root);
    for (String file :
        List.of(
            "/usr/bin/virtentropy",
            "/usr/share/man/man1/virtentropy-daemon.1",
            "/usr/share/bash-completion/completions/virtentropy",
            "/usr/share/zsh/site-functions/_virtentropy",
            "/usr/lib/systemd/system/virtentropyd.service",
            "/usr/lib/sysusers.d/virtentropy.conf",
            "/usr/lib/udev/rules.d/60-virtentropy.rules",
            "/usr/share/doc/virtentropy/pools.md",
            "/etc/virtentropy/daemon.conf")) {
      assertTrue(files.contains(file), () -> file + " in " + files);
    }
    Path settings = root.resolve("etc/virtentropy/daemon.conf");
    Files.writeString(settings, "mode=0600\n");
    installed();
    assertEquals(files, files(root));
    assertEquals("mode=0600\n", Files.readString(settings));
    install("--uninstall", "--destdir", root.toString(), "--prefix", "/usr");
    assertEquals(Set.of("/etc/virtentropy/daemon.conf"), files(root));
    assertEquals(
        1, run(List.of(INSTALL.toString(), "--uninstall", "--destdir", root.toString())).exit());
  }

  /** In a folder, with the prefix of a package. */
  private Path installed() throws IOException, InterruptedException {
    Path root = folder.resolve("root");
    install(
        "--destdir",
        root.toString(),
        "--prefix",
        "/usr",
        "--jars",
        BASE.resolve("target/lib").toString());
    return root;
  }

  @Test
  @DisplayName("should have a unit that systemd accepts, and finds little exposed")
  void unit() throws IOException, InterruptedException {
    Path root = installed();
    String unit = Files.readString(root.resolve("usr/lib/systemd/system/virtentropyd.service"));
    String command = "/usr/bin/virtentropy ";
    assertTrue(unit.contains("ExecStart=" + command + "daemon --config /etc/"), unit);
    Path here =
        Files.writeString(
            folder.resolve("virtentropyd.service"), unit.replace(command, root + command));
    Result verified = ok("systemd-analyze", "verify", "--man=no", here.toString());
    // Other units of the machine may have faults of their own.
    assertFalse(verified.err().contains("virtentropy"), verified.err());
    ok(
        "systemd-analyze",
        "security",
        "--offline=true",
        "--no-pager",
        "--threshold=" + MOST_EXPOSED,
        here.toString());
    Result accounts =
        ok(
            "systemd-sysusers",
            "--dry-run",
            root.resolve("usr/lib/sysusers.d/virtentropy.conf").toString());
    assertEquals("", accounts.err().lines().filter(l -> l.contains("gnor")).findAny().orElse(""));
  }

  /** As the unit has it: another user if we are root, and no right of any kind. */
  private static List<String> unprivileged(String... command)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("setpriv", "--no-new-privs"));
    if (isRoot()) {
      all.addAll(
          List.of(
              "--reuid=" + NOBODY,
              "--regid=" + NOBODY,
              "--clear-groups",
              "--inh-caps=-all",
              "--bounding-set=-all"));
    }
    all.addAll(List.of(command));
    return all;
  }

  private static boolean isRoot() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
  }

  @Test
  @DisplayName("should serve a pool as a user without any right")
  void daemon() throws IOException, InterruptedException {
    Path command = installed().resolve("usr/bin/virtentropy");
    Path state = Files.createDirectory(folder.resolve("state"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    if (isRoot()) {
      Files.setAttribute(state, "unix:uid", Integer.parseInt(NOBODY));
    }
    Path control = state.resolve("control");
    Path socket = state.resolve("egd");
    Path settings =
        Files.writeString(
            folder.resolve("daemon.conf"),
            "pools=" + state.resolve("pools") + "\ncontrol=" + control + "\nmode=0666\n");
    Path definition =
        Files.writeString(
            folder.resolve("pool.xml"),
            "<entropypool><name>gäste</name><source type='backend'><backend>builtin</backend>"
                + "</source><classes default='guests'><class name='guests'/></classes><outputs>"
                + "<output type='unix' class='guests'><source mode='bind' path='"
                + socket
                + "'/></output></outputs></entropypool>");
    Process daemon =
        process(unprivileged(command.toString(), "daemon", "--config", settings.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines = daemon.inputReader()) {
      String first = lines.readLine();
      assertTrue(first != null && first.startsWith("managed at " + control), first);
      String manage = "--control=" + control;
      ok(command.toString(), "pool-define", manage, definition.toString());
      ok(command.toString(), "pool-start", manage, "gäste");
      Result entropy =
          ok(command.toString(), "egd", "get", "16", "--hex", "--connect", "unix:" + socket);
      assertTrue(entropy.out().strip().matches("[0-9a-f]{32}"), entropy.out());
      assertEquals("gäste\n", ok(command.toString(), "pool-list", "--name", manage).out());
      daemon.toHandle().destroy();
      assertEquals(0, daemon.waitFor());
    } finally {
      daemon.destroyForcibly();
    }
  }
}

package io.virtentropy.cli;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.vhostuser.GuestSocket;
import io.virtentropy.vhostuser.VhostUserRunner;
import io.virtentropy.vhostuser.VhostUserServer;
import io.virtentropy.virtio.device.DeviceCounter;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code virtentropy demo}: a real Linux guest under QEMU reads from the device served by this
 * process; without QEMU, a guest driver in this process does.
 */
@Command(
    name = "demo",
    description =
        "Boots a Linux guest that reads from the device served here, and shows both sides.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Mixin private SourceOptions source;

  @Option(
      names = "--qemu",
      paramLabel = "BINARY",
      description = "The QEMU to boot the guest with; ${DEFAULT-VALUE} unless given.",
      defaultValue = "qemu-system-x86_64")
  private String qemu;

  @Spec private CommandSpec spec;

  DemoCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    try (EntropyBackend entropy = source.open()) {
      String missing = whatIsMissing();
      if (missing != null) {
        out.println("demo   | no real guest here: " + missing);
        out.println("demo   | a guest driver in this process reads instead");
        InProcessDemo.run(entropy, out);
        out.flush();
        return 0;
      }
      return bootGuest(entropy, out) ? 0 : 1;
    }
  }

  /** Why a guest can't be booted, in one sentence; null if it can. */
  private String whatIsMissing() {
    String home = System.getProperty("virtentropy.home");
    if (home == null || !Files.isExecutable(bootScript(home))) {
      return "the guest's scripts are in the project's sources, and this is not run from there";
    }
    if (!Files.exists(cache(home).resolve("guest.env"))) {
      return "the guest's kernel could not be had (see above)";
    }
    if (!isOnPath(qemu)) {
      return qemu + " is not installed (Debian: apt-get install qemu-system-x86)";
    }
    return null;
  }

  private static Path bootScript(String home) {
    return Path.of(home, "conformance-tests", "guest", "boot");
  }

  private static Path cache(String home) {
    String chosen = System.getenv("VIRTENTROPY_CACHE");
    return (chosen == null ? Path.of(home, ".cache") : Path.of(chosen)).resolve("guest");
  }

  private static boolean isOnPath(String command) {
    if (command.contains("/")) {
      return Files.isExecutable(Path.of(command));
    }
    for (String folder : System.getenv("PATH").split(":", -1)) {
      if (Files.isExecutable(Path.of(folder, command))) {
        return true;
      }
    }
    return false;
  }

  private boolean bootGuest(EntropyBackend entropy, PrintWriter out)
      throws IOException, InterruptedException {
    Path work = Files.createTempDirectory("virtentropy-demo");
    Path socket = work.resolve("rng.sock");
    try (VhostUserServer server =
        VhostUserServer.builder()
            .source(entropy)
            .listen(socket)
            .listener(new DemoLog(out))
            .build()) {
      out.println("demo   | device served on " + socket + ", source " + entropy);
      out.println("demo   | booting a Linux guest under " + qemu + " without acceleration");
      out.flush();
      VhostUserRunner runner = new VhostUserRunner(server);
      Process guest = start(socket);
      boolean ended = false;
      try {
        Thread serving = new Thread(runner, "virtentropy-serve");
        serving.start();
        boolean passed = relay(guest, out);
        int exit = guest.waitFor();
        ended = true;
        runner.stop();
        serving.join();
        report(server.guests().get(0), entropy, out);
        return passed && exit == 0;
      } finally {
        runner.stop();
        if (!ended) {
          guest.destroyForcibly();
        }
      }
    } finally {
      Files.deleteIfExists(socket);
      Files.deleteIfExists(work);
    }
  }

  private Process start(Path socket) throws IOException {
    String home = System.getProperty("virtentropy.home");
    return new ProcessBuilder(
            bootScript(home).toString(),
            "--mode",
            "demo",
            "--qemu",
            qemu,
            "--vhost-user",
            socket.toString())
        .redirectInput(Path.of("/dev/null").toFile())
        .redirectErrorStream(true)
        .start();
  }

  /** Shows what the guest writes on its console; true if it says that all went well. */
  private static boolean relay(Process guest, PrintWriter out) throws IOException {
    boolean passed = false;
    try (BufferedReader console = guest.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = console.readLine()) != null) {
        String text = line.strip();
        if (text.startsWith("guest|")) {
          String said = text.substring("guest|".length()).strip();
          out.println("guest  | " + said);
          out.flush();
          passed |= said.matches("result\\s+ok");
        } else if (!text.isEmpty()) {
          out.println("console| " + text);
          out.flush();
        }
      }
    }
    return passed;
  }

  private static void report(GuestSocket guest, EntropyBackend entropy, PrintWriter out) {
    out.printf(
        "device | delivered     %d bytes in %d requests from %s%n",
        guest.counters().get(DeviceCounter.BYTES),
        guest.counters().get(DeviceCounter.CHAINS),
        entropy);
    out.printf(
        "device | interrupts    %d, for %d kicks%n",
        guest.counters().get(DeviceCounter.INTERRUPTS), guest.counters().get(DeviceCounter.KICKS));
    out.flush();
  }
}

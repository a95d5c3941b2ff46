package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("QEMU")
final class ChildDeathIT {
  @TempDir private static Path folder;
  private final QemuBinary qemu = Qemus.installed();

  /** A JVM that starts a machine, says its process id, and waits for its own end. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] arguments) throws InterruptedException {
      QemuBinary qemu = QemuBinary.at(Path.of(arguments[0]));
      QemuMachine machine = QemuMachine.of(qemu, qemu.machineType("q35")).start();
      System.out.println(machine.pid());
      Thread.currentThread().join();
    }
  }

  @Test
  @DisplayName("should be dead after a test that failed")
  void failure() {
    ProcessHandle[] child = new ProcessHandle[1];
    assertThrows(
        AssertionError.class,
        () -> {
          try (QemuMachine machine = q35().start()) {
            child[0] = ProcessHandle.of(machine.pid()).orElseThrow();
            assertTrue(child[0].isAlive());
            throw new AssertionError("the test failed");
          }
        });
    assertFalse(child[0].isAlive());
  }

  @Test
  @DisplayName("should be dead after a test that was interrupted, and the interrupt kept")
  void interruption() throws InterruptedException {
    QemuMachine machine = q35().start();
    ProcessHandle child = ProcessHandle.of(machine.pid()).orElseThrow();
    boolean[] kept = new boolean[1];
    Thread test =
        new Thread(
            () -> {
              try (machine) {
                Thread.currentThread().interrupt();
                assertThrows(QemuGoneException.class, () -> awaitNothing(machine));
              }
              kept[0] = Thread.currentThread().isInterrupted();
            });
    test.start();
    test.join();
    assertTrue(kept[0]);
    assertFalse(child.isAlive());
  }

  @Test
  @DisplayName("should not be left by a start that was interrupted")
  void interruptedStart() throws InterruptedException {
    long before = ProcessHandle.current().children().count();
    Thread test =
        new Thread(
            () -> {
              Thread.currentThread().interrupt();
              assertThrows(QemuStartException.class, () -> q35().start());
            });
    test.start();
    test.join();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (ProcessHandle.current().children().count() > before) {
      assertTrue(System.nanoTime() < end, "the child is still there");
      Thread.onSpinWait();
    }
  }

  @Test
  @DisplayName("should die with a JVM that is killed")
  void killedParent()
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    // A comma means something among QEMU's options.
    Path odd = Files.createDirectory(folder.resolve("a,b"));
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + odd, // what a killed JVM leaves there goes with it
                "-cp",
                System.getProperty("java.class.path"),
                Victim.class.getName(),
                qemu.path().toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = jvm.inputReader()) {
      ProcessHandle child = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      assertTrue(child.isAlive());
      jvm.destroyForcibly();
      var unused = child.onExit().get(120, TimeUnit.SECONDS);
      assertFalse(child.isAlive());
    } finally {
      jvm.destroyForcibly();
    }
  }

  @Test
  @DisplayName("should have said why when it doesn't start")
  void refusedDevice() {
    QemuStartException refused =
        assertThrows(
            QemuStartException.class, () -> q35().device("virtio-rng-pci,max-bytes=-1").start());
    assertTrue(
        refused.getMessage().contains("'max-bytes' parameter must be non-negative"),
        refused.getMessage());
    QemuStartException missing =
        assertThrows(QemuStartException.class, () -> QemuBinary.at(Path.of("/no/such/qemu")));
    assertTrue(missing.getMessage().contains("/no/such/qemu"), missing.getMessage());
  }

  @Test
  @DisplayName("should be reported gone with its last words when it dies under a command")
  void killedChild() {
    try (QemuMachine machine = q35().start()) {
      ProcessHandle.of(machine.pid()).orElseThrow().destroyForcibly();
      QemuGoneException gone =
          assertThrows(QemuGoneException.class, () -> machine.qtest().readBytes(0, 16));
      assertTrue(gone.getMessage().startsWith("QEMU is gone"), gone.getMessage());
      assertThrows(QemuGoneException.class, () -> machine.qtest().turn());
    }
  }

  @Test
  @DisplayName("should be reported silent when it takes longer than the deadline")
  void silent() {
    try (QemuMachine machine = q35().deadline(Duration.ofSeconds(2)).start()) {
      QemuSilentException silent =
          assertThrows(QemuSilentException.class, () -> machine.qmp().awaitEvent("RESET"));
      assertEquals(
          "QEMU did not answer within 2000 ms", silent.getMessage().lines().findFirst().get());
    }
  }

  private QemuMachine.Builder q35() {
    return QemuMachine.of(qemu, qemu.machineType("q35"));
  }

  private static void awaitNothing(QemuMachine machine) {
    QmpEvent unused = machine.qmp().awaitEvent("RESET");
  }
}

package io.virtentropy.conformance.qemu;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The QEMUs that integration tests run: the installed one, and those that were unpacked here. */
public final class Qemus {
  private static final String PROGRAM = "qemu-system-x86_64";

  private Qemus() {}

  /** The machine's own. */
  public static QemuBinary installed() {
    return QemuBinary.installed()
        .orElseThrow(() -> new AssertionError("no " + PROGRAM + " on PATH; run ./verify"));
  }

  /** The one that a test's clock moves. */
  public static QemuBinary newest() {
    Path program = cache().resolve("qemu-sid").resolve(PROGRAM);
    if (!Files.isExecutable(program)) {
      throw new AssertionError("no " + program + "; run conformance-tests/qemu/unpack");
    }
    return QemuBinary.at(program);
  }

  /** The two above, which have to be there, and what else was unpacked. */
  public static List<QemuBinary> all() {
    List<QemuBinary> all = new ArrayList<>(List.of(installed(), newest()));
    Path further = cache().resolve("qemu-trixie").resolve(PROGRAM);
    if (Files.isExecutable(further)) {
      all.add(QemuBinary.at(further));
    }
    return all;
  }

  private static Path cache() {
    String set = System.getenv("VIRTENTROPY_CACHE");
    return set != null ? Path.of(set) : Path.of("..", ".cache").toAbsolutePath().normalize();
  }
}

package io.virtentropy.examples.kvmvmm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The monitor on KVM")
final class KvmVmmIT {
  @Test
  @DisplayName("should give its guest the instructions and the device, stream by stream")
  void runs() {
    Optional<String> missing = Kvm.missing();
    missing.ifPresent(why -> System.out.println("kvm-vmm: not run, because " + why));
    assumeTrue(missing.isEmpty(), () -> missing.orElseThrow());
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int code = KvmVmm.run(new PrintStream(said, true, StandardCharsets.UTF_8));
    String text = said.toString(StandardCharsets.UTF_8);
    System.out.print(text);
    assertEquals(0, code, text);
  }

  @Test
  @DisplayName("should run what guest.S says")
  void image(@TempDir Path folder) throws Exception {
    Path built = folder.resolve("guest.bin");
    Process build =
        new ProcessBuilder(Path.of("guest/build").toAbsolutePath().toString(), built.toString())
            .inheritIO()
            .start();
    assertEquals(0, build.waitFor());
    assertArrayEquals(Files.readAllBytes(built), KvmVmm.image());
  }
}

package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.ratelimit.NanoClock;
import java.io.File;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class WithoutNettyTest {
  @Test
  void should_open_all_but_egd_and_say_what_that_needs() throws Exception {
    String path =
        ChildJvm.classesOf(EntropyBackend.class)
            + File.pathSeparator
            + ChildJvm.classesOf(NanoClock.class)
            + File.pathSeparator
            + ChildJvm.classesOf(WithoutNetty.class);
    try (ChildJvm child =
        ChildJvm.start(
            "-cp", path, WithoutNetty.class.getName(), "builtin", "egd:unix:/run/egd", "egd:x")) {
      List<String> lines = child.readAll();
      assertEquals("opened builtin", lines.get(0));
      assertEquals(
          "'egd:unix:/run/egd' needs io.netty:netty-buffer, which is neither on the class path nor,"
              + " as module io.netty.buffer, among the resolved modules",
          lines.get(1));
      assertEquals(3, lines.size(), lines::toString);
    }
  }
}

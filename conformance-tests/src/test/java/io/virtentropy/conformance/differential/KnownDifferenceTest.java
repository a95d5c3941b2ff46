package io.virtentropy.conformance.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.virtio.device.QemuVersion;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Known differences")
final class KnownDifferenceTest {
  private static final String WRITABLE_TABLE = "post.indirect 0 2 0x100c000 64 2";
  private static final String READABLE_TABLE = "post.indirect 0 0 0x100c000 64 2";
  private static final String CHAIN = "post 0x100c000 8 2 0x100c100 8 2";
  private static final String SINGLE = "post 0x100c000 8 2";
  private static final String QUEUE = "queue 8 0x1000000 0x1004000 0x1005000";
  private static final String MOVED_TABLE = "queue 8 0x1000010 0x1004000 0x1005000";

  private static List<String> allowed(String... script) {
    return KnownDifference.Set.from(QemuVersion.V10_0)
        .allowed(Stream.of(script).map(Step::parse).toList())
        .stream()
        .map(step -> step.verb().word() + (step.equals(Step.parse(WRITABLE_TABLE)) ? " w" : ""))
        .toList();
  }

  @Test
  @DisplayName("should leave a writable table at a head among chains of one descriptor")
  void alone() {
    assertEquals(
        List.of("queue", "post.indirect w", "post", "post.indirect w", "kick"),
        allowed(QUEUE, WRITABLE_TABLE, SINGLE, WRITABLE_TABLE, "kick"));
  }

  @Test
  @DisplayName("should leave a writable table out once a chain links descriptors")
  void afterLink() {
    assertEquals(
        List.of("queue", "post", "post.indirect", "kick"),
        allowed(QUEUE, CHAIN, WRITABLE_TABLE, READABLE_TABLE, "kick"));
  }

  @Test
  @DisplayName("should leave links out once a table is writable")
  void beforeLink() {
    assertEquals(
        List.of("queue", "post.indirect w", "kick"),
        allowed(QUEUE, WRITABLE_TABLE, CHAIN, "descriptor 0 0x100c000 8 3 1", MOVED_TABLE, "kick"));
  }

  @Test
  @DisplayName("should leave a writable table out in a descriptor table that was moved")
  void moved() {
    assertEquals(List.of("queue", "kick"), allowed(MOVED_TABLE, WRITABLE_TABLE, "kick"));
    assertEquals(
        List.of("queue", "bar.write", "kick"),
        allowed(QUEUE, "bar.write 4 0x20 4 0x1000010", WRITABLE_TABLE, "kick"));
  }

  @Test
  @DisplayName("should leave changes of the map out from a ring that is cut off to its next place")
  void cutOff() {
    String cut = "queue 8 0x1000000 -16 0x1005000";
    assertEquals(
        List.of("queue", "kick", "queue", "system.reset"),
        allowed(cut, "system.reset", "kick", QUEUE, "system.reset"));
  }
}

package io.virtentropy.distribution.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.registry.PoolException.Reason;
import io.virtentropy.distribution.registry.PoolStore.Contents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Definitions in a directory")
final class DirectoryStoreTest {
  @TempDir Path directory;

  static PoolDefinition pool(String name, long number, String title) {
    return new PoolXmlParser(() -> new UUID(0, number))
        .parse(
            "test",
            "<entropypool><name>"
                + name
                + "</name><title>"
                + title
                + "</title><source type='char'><device path='/dev/hwrng'/></source>"
                + "<classes default='a'><class name='a'/></classes></entropypool>");
  }

  @Test
  @DisplayName("should be there again after a restart")
  void keeps() {
    DirectoryStore store = new DirectoryStore(directory);
    store.save(pool("b", 2, "second"));
    store.save(pool("a", 1, "first"));
    store.save(pool("a", 1, "first, changed"));
    store.setAutostart(pool("b", 2, "second"), true);
    Contents found = new DirectoryStore(directory).load();
    assertEquals(
        "[Stored[definition="
            + pool("a", 1, "first, changed")
            + ", autostart=false], "
            + "Stored[definition="
            + pool("b", 2, "second")
            + ", autostart=true]]",
        found.pools().toString());
    assertTrue(found.problems().isEmpty());
  }

  @Test
  @DisplayName("should be gone after they were removed, with their mark")
  void deletes() {
    DirectoryStore store = new DirectoryStore(directory);
    store.save(pool("a", 1, "t"));
    store.setAutostart(pool("a", 1, "t"), true);
    store.delete(pool("a", 1, "t"));
    store.save(pool("a", 3, "another"));
    assertFalse(store.load().pools().get(0).autostart());
  }

  @Test
  @DisplayName("should be used though one of them is broken, which is told")
  void survivesBadFiles() throws IOException {
    DirectoryStore store = new DirectoryStore(directory);
    store.save(pool("good", 1, "t"));
    Files.writeString(directory.resolve("half.xml"), "<entropypool><name>half</na");
    Files.write(directory.resolve("latin.xml"), new byte[] {'<', (byte) 0xe4});
    Files.copy(directory.resolve("good.xml"), directory.resolve("other.xml"));
    Files.createDirectory(directory.resolve("folder.xml"));
    String twin = Files.readString(directory.resolve("good.xml")).replace(">good<", ">twin<");
    Files.writeString(directory.resolve("twin.xml"), twin);
    Files.writeString(
        directory.resolve("fresh.xml"),
        twin.replace(">twin<", ">fresh<").replaceAll("<uuid>.*</uuid>", ""));
    Files.writeString(directory.resolve("late.xml.new"), "not finished");
    Contents found = store.load();
    assertEquals(1, found.pools().size());
    assertEquals(6, found.problems().size(), () -> found.problems().toString());
    for (String problem : found.problems()) {
      assertTrue(problem.startsWith(directory.toString()), problem);
      assertFalse(problem.contains("\n"), problem);
    }
  }

  @Test
  @DisplayName("should stay as they are when a new one can't be written")
  void keepsTheOld() throws IOException {
    DirectoryStore store = new DirectoryStore(directory);
    store.save(pool("a", 1, "old"));
    Files.createDirectory(directory.resolve("a.xml.new"));
    PoolException refusal =
        assertThrows(PoolException.class, () -> store.save(pool("a", 1, "new")));
    assertEquals(Reason.STORE_FAILED, refusal.reason());
    assertEquals("old", store.load().pools().get(0).definition().title().orElseThrow());
  }

  @Test
  @DisplayName("should tell when there is no place for them")
  void refusesFile() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    PoolException refusal = assertThrows(PoolException.class, () -> new DirectoryStore(file));
    assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
  }
}

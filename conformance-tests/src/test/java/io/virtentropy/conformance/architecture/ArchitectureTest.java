package io.virtentropy.conformance.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The architecture")
final class ArchitectureTest {
  private static final String FIXTURE = "io.virtentropy.conformance.architecture.fixture";

  @Nested
  @DisplayName("of this project")
  final class OfThisProject {
    private final SourceTree tree = SourceTree.ofThisBuild();
    private final JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.virtentropy");

    @Test
    @DisplayName("should have arrows that point one way")
    void arrows() {
      assertEquals(List.of(), ModuleArrows.violations(tree));
    }

    @Test
    @DisplayName("should show the package rules every module that is built")
    void everyModuleIsSeen() {
      Set<String> unseen = new TreeSet<>(tree.listedModules());
      unseen.removeAll(tree.dependenciesOf("conformance-tests"));
      unseen.removeAll(Set.of("conformance-tests", "benchmarks"));
      unseen.removeIf(module -> module.startsWith("examples/")); // nobody stands on an example
      assertEquals(Set.of(), unseen, "conformance-tests' POM must depend on these");
      assertTrue(classes.contain("io.virtentropy.ratelimit.RateLimiter"));
    }

    @Test
    @DisplayName("should have no cycle between packages")
    void noCycles() {
      PackageRules.packagesHaveNoCycles("io.virtentropy").check(classes);
    }

    @Test
    @DisplayName("should have a core that needs nothing but the JDK")
    void core() {
      PackageRules.coreNeedsNothingButTheJdk(
              "io.virtentropy.ratelimit..",
              "io.virtentropy.backends..",
              "io.virtentropy.virtio..",
              "io.virtentropy.rdrandemulation..")
          .check(classes);
      PackageRules.egdNeedsNothingButNetty().check(classes);
    }

    @Test
    @DisplayName("should have class files for Java 17, and a module descriptor beside them")
    void classFiles() throws IOException {
      for (String module : tree.listedModules()) {
        Path compiled = tree.classesOf(module);
        if (!Files.isDirectory(compiled)) {
          continue; // built after this one
        }
        try (Stream<Path> files = Files.walk(compiled)) {
          for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
            byte[] head = Files.readAllBytes(file);
            assertEquals(61, head[6] << 8 | head[7], () -> file + " is not for Java 17");
          }
        }
      }
      assertTrue(Files.exists(tree.classesOf("virtio").resolve("module-info.class")));
    }

    @Test
    @DisplayName("should have a model of QEMU's device that shares nothing with ours")
    void model() {
      PackageRules.modelStandsAlone().check(classes);
    }
  }

  @Nested
  @DisplayName("when it is wrong on purpose, should be found to have")
  final class WhenWrong {
    @TempDir private Path root;

    @Test
    @DisplayName("nothing wrong, as long as it is right")
    void right() throws IOException {
      module("ratelimit", "module io.virtentropy.ratelimit {}");
      module("backends", "module io.virtentropy.backends { requires java.xml; }", "ratelimit");
      assertEquals(List.of(), violations("ratelimit", "backends"));
    }

    @Test
    @DisplayName("a POM that points the wrong way")
    void wrongDependency() throws IOException {
      module("ratelimit", "module io.virtentropy.ratelimit {}", "backends");
      module("backends", "module io.virtentropy.backends {}");
      assertEquals(
          List.of("ratelimit's POM depends on backends; nothing may be"),
          violations("ratelimit", "backends"));
    }

    @Test
    @DisplayName("a POM that points the wrong way before the parent lists it")
    void wrongDependencyOfUnlistedModule() throws IOException {
      module("ratelimit", "module io.virtentropy.ratelimit {}");
      module("distribution", "module io.virtentropy.distribution {}", "virtio");
      assertEquals(
          List.of("distribution's POM depends on virtio; [backends, ratelimit] may be"),
          violations("ratelimit"));
    }

    @Test
    @DisplayName("a descriptor that points the wrong way")
    void wrongRequires() throws IOException {
      module("backends", "module io.virtentropy.backends { requires static io.virtentropy.vq; }");
      module("virtio", "module io.virtentropy.vq {}", "backends");
      assertEquals(
          List.of("backends's module-info requires io.virtentropy.vq; [ratelimit] may be"),
          violations("backends", "virtio"));
    }

    @Test
    @DisplayName("a descriptor that requires what nobody declares")
    void unknownRequires() throws IOException {
      module("backends", "module io.virtentropy.backends { requires io.virtentropy.gone; }");
      assertEquals(
          List.of("backends's module-info requires io.virtentropy.gone, which no module declares"),
          violations("backends"));
    }

    @Test
    @DisplayName("a module without a descriptor")
    void noDescriptor() throws IOException {
      module("ratelimit", "module io.virtentropy.ratelimit {}");
      Path sources = root.resolve("ratelimit/src/main/java");
      Files.move(sources.resolve("module-info.java"), sources.resolve("Other.java"));
      assertEquals(List.of("ratelimit has no module-info.java"), violations("ratelimit"));
    }

    @Test
    @DisplayName("a module that the table doesn't know")
    void unknownModule() throws IOException {
      module("util", "module io.virtentropy.util {}");
      assertEquals(List.of("util is not in the table of ModuleArrows"), violations("util"));
    }

    @Test
    @DisplayName("a cycle between packages")
    void cycle() {
      assertBroken(PackageRules.packagesHaveNoCycles(FIXTURE + ".cycle"), "Cycle detected");
    }

    @Test
    @DisplayName("a core that needs Netty")
    void coreWithNetty() {
      assertBroken(PackageRules.coreNeedsNothingButTheJdk(FIXTURE + ".core"), "ByteBuf");
    }

    private void assertBroken(ArchRule rule, String words) {
      JavaClasses broken = new ClassFileImporter().importPackages(FIXTURE);
      AssertionError error = assertThrows(AssertionError.class, () -> rule.check(broken));
      assertTrue(error.getMessage().contains(words), error.getMessage());
    }

    private List<String> violations(String... listed) throws IOException {
      StringBuilder modules = new StringBuilder();
      for (String module : listed) {
        modules.append("<module>").append(module).append("</module>");
      }
      Files.writeString(
          root.resolve("pom.xml"), "<project><modules>" + modules + "</modules></project>");
      return ModuleArrows.violations(new SourceTree(root));
    }

    private void module(String name, String descriptor, String... dependencies) throws IOException {
      Path sources = Files.createDirectories(root.resolve(name).resolve("src/main/java"));
      Files.writeString(sources.resolve("module-info.java"), descriptor);
      StringBuilder pom = new StringBuilder("<project><dependencies>");
      for (String dependency : dependencies) {
        pom.append("<dependency><groupId>io.virtentropy</groupId><artifactId>virtentropy-")
            .append(dependency)
            .append("</artifactId></dependency>");
      }
      pom.append("</dependencies></project>");
      Files.writeString(root.resolve(name).resolve("pom.xml"), pom);
    }
  }
}

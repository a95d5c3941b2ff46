package io.virtentropy.conformance.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.File;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Tests run on the class path, where a module descriptor means nothing. Here the same jars are
 * taken as modules, so that a package that two modules hold, a missing one or a service without its
 * provider is seen before a user sees it.
 */
@DisplayName("The module path")
final class ModulePathTest {
  private static final ModuleFinder FINDER = ModuleFinder.of(modularEntriesOfTheClassPath());

  @Test
  @DisplayName("should resolve every module and load every promised class")
  void resolves() throws IOException, ClassNotFoundException {
    Set<String> ours = ourModules();
    Configuration configuration =
        ModuleLayer.boot()
            .configuration()
            .resolveAndBind(FINDER, ModuleFinder.of(), withOptional(ours));
    ModuleLayer layer =
        ModuleLayer.defineModulesWithOneLoader(
                configuration, List.of(ModuleLayer.boot()), ClassLoader.getPlatformClassLoader())
            .layer();
    for (String name : ours) {
      Module module = layer.findModule(name).orElseThrow();
      ModuleReference reference = FINDER.find(name).orElseThrow();
      assertEquals(Set.of(), emptyExports(module, classNames(reference)), name);
      for (String className : classNames(reference)) {
        if (module.getDescriptor().exports().stream()
            .anyMatch(exported -> exported.source().equals(packageOf(className)))) {
          assertNotNull(Class.forName(module, className), name + "/" + className);
        }
      }
    }
  }

  private static Set<String> ourModules() {
    SourceTree tree = SourceTree.ofThisBuild();
    Set<String> names = new TreeSet<>();
    for (String module : tree.dependenciesOf("conformance-tests")) {
      tree.descriptorOf(module).ifPresent(descriptor -> names.add(descriptor.name()));
    }
    return names;
  }

  /** What is required only at compile time is read by the classes that use it, if it is there. */
  private static Set<String> withOptional(Set<String> modules) {
    Set<String> roots = new TreeSet<>(modules);
    for (String module : modules) {
      ModuleDescriptor descriptor = FINDER.find(module).orElseThrow().descriptor();
      descriptor.requires().stream()
          .filter(required -> required.modifiers().contains(Requires.Modifier.STATIC))
          .filter(required -> FINDER.find(required.name()).isPresent())
          .forEach(required -> roots.add(required.name()));
    }
    return roots;
  }

  private static Set<String> emptyExports(Module module, List<String> classNames) {
    Set<String> empty = new TreeSet<>();
    module.getDescriptor().exports().forEach(exported -> empty.add(exported.source()));
    classNames.forEach(className -> empty.remove(packageOf(className)));
    return empty;
  }

  private static List<String> classNames(ModuleReference reference) throws IOException {
    try (ModuleReader reader = reference.open()) {
      return reader
          .list()
          .filter(name -> name.endsWith(".class"))
          .filter(name -> !name.contains("-info"))
          .filter(name -> !name.startsWith("META-INF/"))
          .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
          .toList();
    }
  }

  private static String packageOf(String className) {
    return className.substring(0, className.lastIndexOf('.'));
  }

  private static Path[] modularEntriesOfTheClassPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(Path::of)
        .filter(
            entry ->
                entry.toString().endsWith(".jar")
                    || Files.exists(entry.resolve("module-info.class")))
        .toArray(Path[]::new);
  }
}

package io.virtentropy.conformance.architecture;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ModuleTree;
import com.sun.source.tree.RequiresTree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** The project's files, as far as they say which module stands on which. */
final class SourceTree {
  /** What the artifactId of every module starts with; its directory's name follows. */
  private static final String ARTIFACT_PREFIX = "virtentropy-";

  /** What a module descriptor says: its name and the modules it reads. */
  record Descriptor(String name, Set<String> requires) {}

  private final Path root;

  SourceTree(Path root) {
    this.root = root;
  }

  /** The tree that this build runs in. */
  static SourceTree ofThisBuild() {
    return new SourceTree(
        Path.of(System.getProperty("basedir", "")).toAbsolutePath().normalize().getParent());
  }

  /** The directories that the parent POM lists as modules, in any profile. */
  Set<String> listedModules() {
    return texts(root.resolve("pom.xml"), "//modules/module");
  }

  /** Where a module's classes are once it is compiled. */
  Path classesOf(String module) {
    return root.resolve(module).resolve("target").resolve("classes");
  }

  /** A file of the project's. */
  Path file(String name) {
    return root.resolve(name);
  }

  /** The sources of a module's tests; there may be none. */
  Path testSourcesOf(String module) {
    return root.resolve(module).resolve("src/test/java");
  }

  /** Every directory that has a POM, listed or not. */
  Set<String> modules() {
    try (Stream<Path> entries = Files.list(root)) {
      Set<String> found = new TreeSet<>(listedModules());
      entries
          .filter(entry -> Files.exists(entry.resolve("pom.xml")))
          .forEach(entry -> found.add(entry.getFileName().toString()));
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The modules of this project that a module's POM depends on, in any scope or profile. */
  Set<String> dependenciesOf(String module) {
    Set<String> artifacts =
        texts(
            root.resolve(module).resolve("pom.xml"),
            "//dependencies[not(parent::dependencyManagement)]/dependency/artifactId"
                + "[starts-with(normalize-space(), '"
                + ARTIFACT_PREFIX
                + "')]");
    Set<String> modules = new TreeSet<>();
    artifacts.forEach(artifact -> modules.add(artifact.substring(ARTIFACT_PREFIX.length())));
    return modules;
  }

  /** Whether a module has sources that end up in its jar. */
  boolean hasProductionSources(String module) {
    Path sources = root.resolve(module).resolve("src/main/java");
    if (!Files.isDirectory(sources)) {
      return false;
    }
    try (Stream<Path> files = Files.walk(sources)) {
      return files.anyMatch(file -> file.toString().endsWith(".java"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a module's {@code module-info.java} says, if there is one. */
  Optional<Descriptor> descriptorOf(String module) {
    Path source = root.resolve(module).resolve("src/main/java/module-info.java");
    if (!Files.exists(source)) {
      return Optional.empty();
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, List.of("-proc:none"), null, files.getJavaFileObjects(source));
      for (CompilationUnitTree unit : task.parse()) {
        ModuleTree descriptor = unit.getModule();
        if (descriptor != null) {
          return Optional.of(new Descriptor(descriptor.getName().toString(), requires(descriptor)));
        }
      }
      throw new IllegalStateException(source + " declares no module");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> requires(ModuleTree descriptor) {
    Set<String> names = new TreeSet<>();
    descriptor.getDirectives().stream()
        .filter(RequiresTree.class::isInstance)
        .map(RequiresTree.class::cast)
        .forEach(directive -> names.add(directive.getModuleName().toString()));
    return names;
  }

  private static Set<String> texts(Path file, String xpath) {
    try {
      Document document =
          DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
      NodeList nodes =
          (NodeList)
              XPathFactory.newInstance()
                  .newXPath()
                  .evaluate(xpath, document, XPathConstants.NODESET);
      Set<String> texts = new TreeSet<>();
      for (int i = 0; i < nodes.getLength(); i++) {
        texts.add(nodes.item(i).getTextContent().strip());
      }
      return texts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ParserConfigurationException | SAXException | XPathExpressionException e) {
      throw new IllegalStateException(file + " can't be read", e);
    }
  }
}

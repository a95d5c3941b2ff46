package io.virtentropy.conformance.architecture;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which module may stand on which.
 *
 * <pre>
 *   ratelimit &lt;-- backends &lt;-- virtio &lt;-- vhost-user &lt;-- cli
 *                    ^  ^-- rdrand-emulation &lt;-----------'
 *                    '----- distribution &lt;--------------'
 * </pre>
 *
 * <p>An arrow may skip modules but never turn round. {@code conformance-tests} and {@code
 * benchmarks} see all of them; nothing sees those two but {@code benchmarks} the former.
 */
final class ModuleArrows {
  private static final Set<String> LIBRARIES =
      Set.of("ratelimit", "backends", "virtio", "vhost-user", "rdrand-emulation", "distribution");

  private static final Map<String, Set<String>> ALLOWED =
      Map.ofEntries(
          entry("ratelimit", Set.of()),
          entry("backends", Set.of("ratelimit")),
          entry("virtio", Set.of("ratelimit", "backends")),
          entry("rdrand-emulation", Set.of("ratelimit", "backends")),
          entry("distribution", Set.of("ratelimit", "backends")),
          entry("vhost-user", Set.of("ratelimit", "backends", "virtio")),
          entry("cli", LIBRARIES),
          entry("conformance-tests", and(LIBRARIES, "cli")),
          // Real guests and QEMU are driven by what is published there.
          entry("benchmarks", and(and(LIBRARIES, "cli"), "conformance-tests")),
          entry("examples/kvm-vmm", LIBRARIES),
          // A third party's module: the interface, and the suite for its tests.
          entry("examples/hex-source", Set.of("backends", "conformance-tests")));

  /** JMH runs its benchmarks in JVMs of its own, on the class path. */
  private static final Set<String> WITHOUT_DESCRIPTOR = Set.of("benchmarks");

  private static final String OURS = "io.virtentropy.";

  private ModuleArrows() {}

  /**
   * Compares a tree with the table.
   *
   * @return one sentence for each thing that is wrong
   */
  static List<String> violations(SourceTree tree) {
    List<String> wrong = new ArrayList<>();
    Map<String, String> moduleByName = new TreeMap<>();
    for (String module : tree.modules()) {
      tree.descriptorOf(module)
          .ifPresent(descriptor -> moduleByName.put(descriptor.name(), module));
    }
    for (String module : tree.modules()) {
      Set<String> allowed = ALLOWED.get(module);
      if (allowed == null) {
        wrong.add(module + " is not in the table of ModuleArrows");
        continue;
      }
      for (String dependency : tree.dependenciesOf(module)) {
        if (!allowed.contains(dependency)) {
          wrong.add(module + "'s POM depends on " + dependency + accepted(allowed));
        }
      }
      checkDescriptor(tree, module, allowed, moduleByName, wrong);
    }
    return wrong;
  }

  private static void checkDescriptor(
      SourceTree tree,
      String module,
      Set<String> allowed,
      Map<String, String> moduleByName,
      List<String> wrong) {
    SourceTree.Descriptor descriptor = tree.descriptorOf(module).orElse(null);
    if (descriptor == null) {
      if (tree.hasProductionSources(module) && !WITHOUT_DESCRIPTOR.contains(module)) {
        wrong.add(module + " has no module-info.java");
      }
      return;
    }
    for (String name : descriptor.requires()) {
      if (!name.startsWith(OURS)) {
        continue;
      }
      String required = moduleByName.get(name);
      if (required == null) {
        wrong.add(module + "'s module-info requires " + name + ", which no module declares");
      } else if (!allowed.contains(required)) {
        wrong.add(module + "'s module-info requires " + name + accepted(allowed));
      }
    }
  }

  private static String accepted(Collection<String> allowed) {
    return "; " + (allowed.isEmpty() ? "nothing" : allowed.stream().sorted().toList()) + " may be";
  }

  private static Set<String> and(Set<String> modules, String one) {
    List<String> all = new ArrayList<>(modules);
    all.add(one);
    return Set.copyOf(all);
  }
}

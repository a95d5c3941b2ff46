package io.virtentropy.conformance.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.lang.ArchRule;

/** What is true of packages, read from class files. */
final class PackageRules {
  /** The one package of the core that knows Netty. */
  private static final String EGD = "io.virtentropy.backends.egd..";

  private PackageRules() {}

  /**
   * No package depends on another that, through however many steps, depends on it.
   *
   * @param prefix the package below which this holds
   */
  static ArchRule packagesHaveNoCycles(String prefix) {
    return slices()
        .matching(prefix + ".(**)")
        .should()
        .beFreeOfCycles()
        .because("a package that can't be understood alone is no room of its own");
  }

  /**
   * The core runs with the JDK and nothing else on the module path.
   *
   * @param core the packages of the core, as ArchUnit writes them
   */
  static ArchRule coreNeedsNothingButTheJdk(String... core) {
    return classes()
        .that()
        .resideInAnyPackage(core)
        .and()
        .resideOutsideOfPackage(EGD)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "javax..", "jdk..", "io.virtentropy..")
        .because("an embedder takes the device without JNA, Netty or JCTools");
  }

  /** The EGD client may know Netty's buffers, and nothing further. */
  static ArchRule egdNeedsNothingButNetty() {
    return classes()
        .that()
        .resideInAPackage(EGD)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "javax..", "jdk..", "io.virtentropy..", "io.netty..")
        .because("it is the one place of the core that meets a third party's classes")
        .allowEmptyShould(true);
  }

  /** The model proves something about our device only as long as it is not made of it. */
  static ArchRule modelStandsAlone() {
    return classes()
        .that()
        .resideInAPackage("io.virtentropy.conformance.model")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..", "io.virtentropy.conformance.model", "io.virtentropy.conformance.dut")
        .because("what shares code with the device shares its faults");
  }
}

/**
 * The architecture as a test: {@link io.virtentropy.conformance.architecture.ModuleArrows} holds
 * the table of which module may stand on which and compares it with the POMs and the module
 * descriptors, {@link io.virtentropy.conformance.architecture.PackageRules} holds what is true of
 * packages and reads it from class files. The {@code fixture} packages break each of the latter, so
 * that the rules are seen to fail.
 */
package io.virtentropy.conformance.architecture;

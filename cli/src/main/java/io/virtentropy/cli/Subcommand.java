package io.virtentropy.cli;

/**
 * A subcommand from a module that this one doesn't know: a class with picocli's {@code @Command}
 * that the module provides as a service. It is there when the module is.
 */
public interface Subcommand {}

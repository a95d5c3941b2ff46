/**
 * The {@code virtentropy} command: {@link io.virtentropy.cli.VirtentropyCommand} and a class for
 * each of its subcommands and groups of options.
 *
 * <p>Exit codes: 0 done; 1 it started and failed; 2 it was asked for something impossible, told in
 * one sentence.
 */
package io.virtentropy.cli;

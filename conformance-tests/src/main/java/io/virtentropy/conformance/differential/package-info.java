/**
 * Two devices under test held against each other, step by step.
 *
 * <pre>
 *   StepGenerator ──▶ script of Steps ──▶ Comparison ──▶ ScriptDriver ──▶ reference (QEMU)
 *                          ▲                  │     └──▶ ScriptDriver ──▶ subject (ours)
 *                          └── ScriptShrinker ┘ equal Observations after each step, or a Mismatch
 * </pre>
 *
 * <p>A script is a list of lines that a person can read, print, keep and replay: {@link
 * io.virtentropy.conformance.differential.Step}. What the two may differ in is data with its
 * reason: {@link io.virtentropy.conformance.differential.KnownDifference}. What the two are is an
 * {@link io.virtentropy.conformance.differential.Arrangement}. {@link
 * io.virtentropy.conformance.differential.Differential} is the program for long runs.
 */
package io.virtentropy.conformance.differential;

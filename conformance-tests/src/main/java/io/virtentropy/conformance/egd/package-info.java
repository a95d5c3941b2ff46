/**
 * EGD servers against a model of the protocol. An {@link
 * io.virtentropy.conformance.egd.EgdServerUnderTest} says how to connect to a server, how to give
 * it bytes and how it is known to deviate; an {@link
 * io.virtentropy.conformance.egd.EgdConversation} does {@link
 * io.virtentropy.conformance.egd.EgdStep}s to it and to an {@link
 * io.virtentropy.conformance.egd.EgdModel} side by side, and compares. {@link
 * io.virtentropy.conformance.junit.EgdServerSpecification} runs all of it as JUnit tests.
 */
package io.virtentropy.conformance.egd;

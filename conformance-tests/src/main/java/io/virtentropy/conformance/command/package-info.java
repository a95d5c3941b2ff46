/** {@code virtentropy conformance}, which the command finds as a service. */
package io.virtentropy.conformance.command;

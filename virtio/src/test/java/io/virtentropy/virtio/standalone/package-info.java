/** The module as its user has it: alone in a JVM, with the JDK and nothing else. */
package io.virtentropy.virtio.standalone;

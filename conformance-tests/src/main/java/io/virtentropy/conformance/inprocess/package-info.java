/**
 * This project's own entropy device behind the same interface as QEMU's: {@link
 * io.virtentropy.conformance.inprocess.PciDevice} is the PCI function with guest memory, a bus, a
 * clock and a source that are all in the suite's hands, and nothing outside this process.
 */
package io.virtentropy.conformance.inprocess;

package io.virtentropy.conformance.dut;

/**
 * The addresses that a machine has for the BARs of the device.
 *
 * @param ports I/O ports
 * @param memory memory-mapped registers, below 4 GiB
 */
public record BarWindow(MemoryRange ports, MemoryRange memory) {}

package io.virtentropy.conformance.qemu;

/**
 * A pin of the intercepted interrupt controller changed its level.
 *
 * @param pin its number; on the I/O APIC, the global system interrupt
 * @param raised whether it went up
 */
public record IrqEvent(int pin, boolean raised) {}

package io.virtentropy.conformance.model;

/**
 * What a driver wrote to the registers of a queue, which need not exist. Queue 0 takes it over when
 * it is enabled.
 */
final class QueueRegisters {
  int size;
  boolean enabled;

  /** desc, driver and device, each as a low and a high word. */
  final long[] addressWords = new long[6];

  long address(int part) {
    return addressWords[2 * part] | addressWords[2 * part + 1] << 32;
  }
}

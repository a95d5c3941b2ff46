/**
 * Random-number instructions for emulated CPUs: RDRAND and RDSEED on x86, RNDR on AArch64, the seed
 * register on RISC-V, PRNO on s390x and DARN on POWER, fed from the same sources and limits as the
 * virtio entropy device.
 *
 * <p>Needs nothing but the JDK and this project's own modules at run time, starts no thread and
 * keeps no static state.
 */
module io.virtentropy.rdrandemulation {
  requires transitive io.virtentropy.backends;
  requires transitive io.virtentropy.ratelimit;

  exports io.virtentropy.rdrandemulation;
  exports io.virtentropy.rdrandemulation.aarch64;
  exports io.virtentropy.rdrandemulation.faults;
  exports io.virtentropy.rdrandemulation.power;
  exports io.virtentropy.rdrandemulation.riscv;
  exports io.virtentropy.rdrandemulation.s390;
  exports io.virtentropy.rdrandemulation.x86;
}

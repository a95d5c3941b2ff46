package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.dut.MmioUnderTest;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import io.virtentropy.virtio.transport.mmio.MmioVersion;

/** Our MMIO registers in this process. */
class InProcessMmio extends InProcessMachine implements MmioUnderTest {
  private final MmioTransport registers;

  InProcessMmio(MmioVersion version) {
    this(version, Faults.NONE);
  }

  InProcessMmio(MmioVersion version, Faults faults) {
    registers = new MmioTransport(builder(faults), level -> {}, version);
  }

  @Override
  boolean poll() {
    return registers.poll();
  }

  @Override
  public long registerRead(long offset, int size) {
    return registers.read(offset, size);
  }

  @Override
  public void registerWrite(long offset, int size, long value) {
    registers.write(offset, value, size);
  }

  @Override
  public boolean interruptLine() {
    settle();
    return registers.interruptLevel();
  }

  @Override
  public void systemReset() {
    registers.reset();
  }

  @Override
  public void close() {
    registers.close();
  }
}

package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.dut.BarWindow;
import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.conformance.dut.Interrupt;
import io.virtentropy.conformance.dut.MemoryRange;
import io.virtentropy.virtio.transport.pci.PciIdentity;
import io.virtentropy.virtio.transport.pci.PciInterrupts;
import io.virtentropy.virtio.transport.pci.PciTransport;
import java.util.ArrayList;
import java.util.List;

/** Our PCI function in this process. */
class InProcessPci extends InProcessMachine implements DeviceUnderTest {
  private static final long MESSAGES = 0xfee0_0000L;

  private final PciTransport function;
  private final List<Interrupt> interrupts = new ArrayList<>();

  InProcessPci(PciIdentity identity) {
    this(identity, Faults.NONE);
  }

  InProcessPci(PciIdentity identity, Faults faults) {
    function = PciTransport.builder(builder(faults), new Interrupts()).identity(identity).build();
  }

  private final class Interrupts implements PciInterrupts {
    @Override
    public void intx(boolean asserted) {
      interrupts.add(new Interrupt.Line(asserted));
    }

    @Override
    public void message(long address, int data) {
      interrupts.add(new Interrupt.Message((int) (address - MESSAGES) / 4, data));
    }
  }

  @Override
  boolean poll() {
    return function.poll();
  }

  @Override
  public long configRead(int offset, int size) {
    return function.configRead(offset, size);
  }

  @Override
  public void configWrite(int offset, int size, long value) {
    function.configWrite(offset, value, size);
  }

  @Override
  public long barRead(int bar, long offset, int size) {
    if (function.barAddress(bar) == -1) {
      return size == Long.BYTES ? -1 : (1L << (8 * size)) - 1;
    }
    return function.barRead(bar, offset, size);
  }

  @Override
  public void barWrite(int bar, long offset, int size, long value) {
    if (function.barAddress(bar) != -1) {
      function.barWrite(bar, offset, value, size);
    }
  }

  @Override
  public BarWindow window() {
    return new BarWindow(
        new MemoryRange(0xc000, 0x1000), new MemoryRange(0xfe00_0000L, 0x100_0000));
  }

  @Override
  public long messageAddress(int number) {
    return MESSAGES + 4L * number;
  }

  @Override
  public List<Interrupt> takeInterrupts() {
    settle();
    List<Interrupt> taken = List.copyOf(interrupts);
    interrupts.clear();
    return taken;
  }

  @Override
  public boolean interruptLine() {
    settle();
    return function.interruptLevel();
  }

  @Override
  public void systemReset() {
    function.reset();
    interrupts.clear();
  }

  @Override
  public void close() {
    function.close();
  }
}

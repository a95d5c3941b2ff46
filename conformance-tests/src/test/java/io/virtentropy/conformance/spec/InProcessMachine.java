package io.virtentropy.conformance.spec;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.conformance.dut.Capability;
import io.virtentropy.conformance.dut.EntropySupply;
import io.virtentropy.conformance.dut.MachineUnderTest;
import io.virtentropy.conformance.dut.MemoryRange;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.device.VirtioRngDeviceBuilder;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.memory.RegionMemory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.function.UnaryOperator;

/** What our device has around it, whatever its transport. */
abstract class InProcessMachine implements MachineUnderTest {
  private static final long BASE = 0x10_0000;
  private static final int LENGTH = 0x40_0000;

  private final ByteBuffer ram = ByteBuffer.allocateDirect(LENGTH).order(ByteOrder.LITTLE_ENDIAN);
  private final RegionMemory memory =
      RegionMemory.of(RegionMemory.Sharing.SINGLE_THREADED, BASE, ram);
  final AskedSource source = new AskedSource(this::settle);

  /** The device's builder over memory and source, either of them perhaps with a fault. */
  VirtioRngDeviceBuilder builder(Faults faults) {
    return VirtioRngDevice.builder(faults.memory.apply(memory), faults.source.apply(source));
  }

  /** What lies between the device and the world around it. */
  record Faults(UnaryOperator<GuestMemory> memory, UnaryOperator<EntropyBackend> source) {
    static final Faults NONE = new Faults(UnaryOperator.identity(), UnaryOperator.identity());
  }

  /** Lets the device do what is due. */
  abstract boolean poll();

  @Override
  public void settle() {
    boolean busy = true;
    while (busy) {
      busy = source.complete();
      busy |= poll();
    }
  }

  @Override
  public boolean can(Capability capability) {
    return capability == Capability.SUPPLY || capability == Capability.REQUESTS;
  }

  @Override
  public MemoryRange memory() {
    return new MemoryRange(BASE, LENGTH);
  }

  @Override
  public byte[] memoryRead(long address, int length) {
    memory().check(address, length);
    byte[] bytes = new byte[length];
    ram.get((int) (address - BASE), bytes);
    return bytes;
  }

  @Override
  public void memoryWrite(long address, byte[] bytes) {
    memory().check(address, bytes.length);
    ram.put((int) (address - BASE), bytes);
  }

  @Override
  public void memoryFill(long address, int length, int value) {
    memory().check(address, length);
    for (int i = 0; i < length; i++) {
      ram.put((int) (address - BASE) + i, (byte) value);
    }
  }

  @Override
  public EntropySupply supply() {
    return source;
  }

  @Override
  public void advanceClock(Duration time) {
    throw new UnsupportedOperationException("this device's clock is the host's");
  }

  @Override
  public void stop() {
    throw new UnsupportedOperationException("this machine doesn't stop");
  }

  @Override
  public void cont() {
    throw new UnsupportedOperationException("this machine doesn't stop");
  }
}

package io.virtentropy.examples.kvmvmm;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.rdrandemulation.VmEntropy;
import io.virtentropy.rdrandemulation.x86.Execution;
import io.virtentropy.rdrandemulation.x86.KvmEmulationFailure;
import io.virtentropy.rdrandemulation.x86.RandomFeatures;
import io.virtentropy.rdrandemulation.x86.RdrandEmulator;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * Runs one guest with one virtual CPU on one thread: gives its exits to the device, to the emulated
 * instructions and to the report.
 */
final class Monitor implements AutoCloseable {
  private final Kvm kvm;
  private final Ram ram;
  private final Vcpu vcpu;
  private final MmioTransport rng;
  private final VmEntropy numbers;
  private final RdrandEmulator instructions;
  private final KvmEmulationFailure emulationFailure;
  private final GuestReport report = new GuestReport();
  private long mmioExits;
  private long portExits;

  /**
   * Makes the machine.
   *
   * @param image the guest's code
   * @param rdrand where RDRAND's numbers come from
   * @param rdseed where RDSEED's numbers come from
   * @param virtio where the device's bytes come from
   */
  Monitor(byte[] image, EntropyBackend rdrand, EntropyBackend rdseed, EntropyBackend virtio) {
    // What fails from here on ends the program; the kernel then closes what is open.
    kvm = Kvm.open();
    ram = new Ram(GuestLayout.RAM_BYTES);
    kvm.addRam(ram);
    vcpu = kvm.addVcpu(RandomFeatures.BOTH);
    ram.load(GuestLayout.CODE, image);
    vcpu.startAt(GuestLayout.CODE, GuestLayout.STACK);

    // The guest has no interrupts and looks at the used ring instead; one that has them gets the
    // level here, through KVM_IRQ_LINE.
    rng = new MmioTransport(VirtioRngDevice.builder(ram.asGuestMemory(), virtio), asserted -> {});
    numbers = VmEntropy.builder(rdrand).seedSource(rdseed).build();
    instructions = new RdrandEmulator(numbers, RandomFeatures.BOTH);
    // Flat segments and no paging: the instruction pointer is a physical address.
    emulationFailure =
        new KvmEmulationFailure(
            instructions, (cpu, target) -> ram.read(cpu.instructionPointer(), target));
  }

  /** Runs the guest to its end. */
  GuestReport run() {
    ByteBuffer exit = vcpu.runArea();
    while (true) {
      int reason = vcpu.run();
      switch (reason) {
        case KvmLayout.EXIT_MMIO -> mmio(exit);
        case KvmLayout.EXIT_IO -> port(exit);
        case KvmEmulationFailure.EXIT_INTERNAL_ERROR -> emulate(exit);
        case KvmLayout.EXIT_HLT -> {
          if (!report.isDone()) {
            throw new KvmException("the guest halted without a last word" + where());
          }
          return report;
        }
        case KvmLayout.EXIT_SHUTDOWN ->
            throw new KvmException("the guest shut down: an exception it could not handle");
        default -> throw new KvmException("exit for reason " + reason + where());
      }
      // What a slow source or a limit has left to do. Between two exits far apart a monitor would
      // do this on a timer of its own and stop the virtual CPU for it.
      rng.poll();
    }
  }

  /** An access outside RAM: the device's registers, or nothing. */
  private void mmio(ByteBuffer exit) {
    mmioExits++;
    long offset = exit.getLong(KvmLayout.MMIO_ADDRESS) - GuestLayout.RNG;
    int length = exit.getInt(KvmLayout.MMIO_LENGTH);
    boolean write = exit.get(KvmLayout.MMIO_IS_WRITE) != 0;
    if (offset < 0 || offset >= rng.length()) {
      throw new KvmException(
          "the guest accessed 0x"
              + Long.toHexString(offset + GuestLayout.RNG)
              + ", where there is nothing"
              + where());
    }
    if (write) {
      rng.write(offset, exit.getLong(KvmLayout.MMIO_DATA), length);
    } else {
      exit.putLong(KvmLayout.MMIO_DATA, rng.read(offset, length));
    }
  }

  private void port(ByteBuffer exit) {
    portExits++;
    boolean out = exit.get(KvmLayout.IO_DIRECTION) == KvmLayout.IO_OUT;
    int size = exit.get(KvmLayout.IO_SIZE);
    int count = exit.getInt(KvmLayout.IO_COUNT);
    if (!out || size != Integer.BYTES || count != 1) {
      throw new KvmException("port I/O other than one 32-bit write" + where());
    }
    int data = (int) exit.getLong(KvmLayout.IO_DATA_OFFSET);
    report.port(Short.toUnsignedInt(exit.getShort(KvmLayout.IO_PORT)), exit.getInt(data));
  }

  /** KVM can't execute an instruction: perhaps one of ours. */
  private void emulate(ByteBuffer exit) {
    vcpu.fetchRegisters();
    Execution execution = emulationFailure.handle(exit, vcpu);
    if (execution != Execution.EXECUTED) {
      throw new KvmException("KVM can't go on, and it is not RDRAND or RDSEED" + where());
    }
    vcpu.storeRegisters();
  }

  private String where() {
    vcpu.fetchRegisters();
    long at = vcpu.instructionPointer();
    byte[] code = new byte[15];
    int count = ram.read(at, code);
    return ", at 0x"
        + Long.toHexString(at)
        + ": "
        + HexFormat.ofDelimiter(" ").formatHex(code, 0, count);
  }

  /** Instructions carried out here and not by the CPU. */
  long emulated() {
    return instructions.executed();
  }

  long mmioExits() {
    return mmioExits;
  }

  long portExits() {
    return portExits;
  }

  @Override
  public void close() {
    rng.close();
    numbers.close();
    vcpu.close();
    kvm.close();
    ram.close();
  }
}

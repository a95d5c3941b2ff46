package io.virtentropy.examples.kvmvmm;

import static io.virtentropy.examples.kvmvmm.Libc.control;

import com.sun.jna.Native;
import io.virtentropy.rdrandemulation.x86.RandomFeatures;
import java.nio.ByteBuffer;
import java.util.Optional;

/** An open {@code /dev/kvm} with one virtual machine. */
final class Kvm implements AutoCloseable {
  private static final String DEVICE = "/dev/kvm";
  private static final int READ_WRITE_CLOEXEC = 0x80002;

  /** Three pages that old Intel processors need; beyond all that the guest uses. */
  private static final long TSS_ADDRESS = 0xfffb_d000L;

  private final int device;
  private final int machine;

  private Kvm(int device) {
    this.device = device;
    try {
      int version = control(device, KvmLayout.GET_API_VERSION, 0, "asking KVM for its version");
      if (version != KvmLayout.API_VERSION) {
        throw new KvmException("KVM has version " + version + " of its API; 12 is accepted");
      }
      machine = control(device, KvmLayout.CREATE_VM, 0, "creating a virtual machine");
      control(machine, KvmLayout.SET_TSS_ADDRESS, TSS_ADDRESS, "placing the TSS");
    } catch (KvmException e) {
      Libc.close(device);
      throw e;
    }
  }

  /** Why there is no KVM here, in one line; empty if there is. */
  static Optional<String> missing() {
    String os = System.getProperty("os.name");
    String arch = System.getProperty("os.arch");
    if (!os.equals("Linux") || !arch.equals("amd64")) {
      return Optional.of("KVM for x86-64 guests needs Linux on x86-64; this is " + os + " " + arch);
    }
    int fd = Libc.open(DEVICE, READ_WRITE_CLOEXEC);
    if (fd < 0) {
      return Optional.of(DEVICE + " can't be opened: " + Libc.strerror(Native.getLastError()));
    }
    Libc.close(fd);
    return Optional.empty();
  }

  static Kvm open() {
    int fd = Libc.open(DEVICE, READ_WRITE_CLOEXEC);
    if (fd < 0) {
      throw new KvmException("opening " + DEVICE, Native.getLastError());
    }
    return new Kvm(fd);
  }

  /** Puts RAM at guest-physical address 0. */
  void addRam(Ram ram) {
    ByteBuffer region = Libc.struct(KvmLayout.REGION_BYTES);
    region.putLong(KvmLayout.REGION_GUEST_ADDRESS, 0);
    region.putLong(KvmLayout.REGION_LENGTH, ram.length());
    region.putLong(KvmLayout.REGION_HOST_ADDRESS, ram.address());
    control(
        machine, KvmLayout.SET_USER_MEMORY_REGION, Libc.address(region), "giving RAM to the guest");
  }

  /** Makes a virtual CPU whose CPUID is the host's, with the two instructions or without. */
  Vcpu addVcpu(RandomFeatures features) {
    int fd = control(machine, KvmLayout.CREATE_VCPU, 0, "creating a virtual CPU");
    int length = control(device, KvmLayout.GET_VCPU_MMAP_SIZE, 0, "asking for the run area's size");
    Vcpu vcpu = new Vcpu(fd, length);
    try {
      vcpu.setCpuid(cpuid(features));
    } catch (KvmException e) {
      vcpu.close();
      throw e;
    }
    return vcpu;
  }

  private ByteBuffer cpuid(RandomFeatures features) {
    ByteBuffer table =
        Libc.struct(KvmLayout.CPUID_ENTRIES + KvmLayout.CPUID_MOST * KvmLayout.CPUID_ENTRY_BYTES);
    table.putInt(0, KvmLayout.CPUID_MOST);
    control(
        device, KvmLayout.GET_SUPPORTED_CPUID, Libc.address(table), "asking for CPUID's results");
    int count = table.getInt(0);
    int[] registers = new int[4];
    boolean leaf7 = false;
    for (int i = 0; i < count; i++) {
      int entry = entryAt(i);
      int leaf = table.getInt(entry + KvmLayout.ENTRY_LEAF);
      int subleaf = table.getInt(entry + KvmLayout.ENTRY_SUBLEAF);
      leaf7 |= leaf == 7 && subleaf == 0;
      for (int r = 0; r < 4; r++) {
        registers[r] = table.getInt(entry + KvmLayout.ENTRY_EAX + 4 * r);
      }
      features.applyTo(leaf, subleaf, registers);
      for (int r = 0; r < 4; r++) {
        table.putInt(entry + KvmLayout.ENTRY_EAX + 4 * r, registers[r]);
      }
    }
    if (!leaf7) {
      int[] results = new int[4];
      features.applyTo(7, 0, results);
      int entry = entryAt(count);
      table.putInt(entry + KvmLayout.ENTRY_LEAF, 7);
      table.putInt(entry + KvmLayout.ENTRY_FLAGS, KvmLayout.FLAG_SIGNIFICANT_SUBLEAF);
      for (int r = 0; r < 4; r++) {
        table.putInt(entry + KvmLayout.ENTRY_EAX + 4 * r, results[r]);
      }
      table.putInt(0, count + 1);
    }
    return table;
  }

  private static int entryAt(int index) {
    return KvmLayout.CPUID_ENTRIES + index * KvmLayout.CPUID_ENTRY_BYTES;
  }

  @Override
  public void close() {
    Libc.close(machine);
    Libc.close(device);
  }
}

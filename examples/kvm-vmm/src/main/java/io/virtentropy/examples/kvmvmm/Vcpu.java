package io.virtentropy.examples.kvmvmm;

import static io.virtentropy.examples.kvmvmm.Libc.control;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.virtentropy.rdrandemulation.x86.CpuMode;
import io.virtentropy.rdrandemulation.x86.CpuState;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One virtual CPU. As a {@link CpuState} it is a copy of KVM's registers, valid between {@link
 * #fetchRegisters} and {@link #storeRegisters}.
 */
final class Vcpu implements CpuState, AutoCloseable {
  /** Where the eight old registers, numbered as in instructions, are in struct kvm_regs. */
  private static final int[] PLACE = {0, 2, 3, 1, 6, 7, 4, 5};

  private static final int READ_WRITE = 3;
  private static final int SHARED = 1;

  private static final int CODE_READABLE_ACCESSED = 11;
  private static final int DATA_WRITABLE_ACCESSED = 3;
  private static final int CODE_SELECTOR = 8;
  private static final int DATA_SELECTOR = 16;

  /** Bit 1 of RFLAGS is always set; everything else is clear, interrupts are off. */
  private static final long FLAGS_AT_START = 2;

  private final int fd;
  private final long runAddress;
  private final int runLength;
  private final ByteBuffer run;
  private final ByteBuffer registers = Libc.struct(KvmLayout.REGS_BYTES);

  Vcpu(int fd, int runLength) {
    this.fd = fd;
    this.runLength = runLength;
    runAddress = Libc.mmap(0, runLength, READ_WRITE, SHARED, fd, 0);
    if (runAddress == -1) {
      int errno = Native.getLastError();
      Libc.close(fd);
      throw new KvmException("mapping the run area of a virtual CPU", errno);
    }
    run = new Pointer(runAddress).getByteBuffer(0, runLength).order(ByteOrder.nativeOrder());
  }

  void setCpuid(ByteBuffer table) {
    control(fd, KvmLayout.SET_CPUID2, Libc.address(table), "setting CPUID's results");
  }

  /** 32-bit protected mode, flat segments, no paging. */
  void startAt(int instruction, int stack) {
    ByteBuffer special = Libc.struct(KvmLayout.SREGS_BYTES);
    control(fd, KvmLayout.GET_SREGS, Libc.address(special), "reading the segment registers");
    for (int i = 0; i < KvmLayout.SREGS_SEGMENTS; i++) {
      boolean code = i == 0;
      int at = i * KvmLayout.SEGMENT_BYTES;
      special.putLong(at + KvmLayout.SEGMENT_BASE, 0);
      special.putInt(at + KvmLayout.SEGMENT_LIMIT, 0xffff_ffff);
      special.putShort(
          at + KvmLayout.SEGMENT_SELECTOR, (short) (code ? CODE_SELECTOR : DATA_SELECTOR));
      special.put(
          at + KvmLayout.SEGMENT_TYPE,
          (byte) (code ? CODE_READABLE_ACCESSED : DATA_WRITABLE_ACCESSED));
      special.put(at + KvmLayout.SEGMENT_PRESENT, (byte) 1);
      special.put(at + KvmLayout.SEGMENT_DPL, (byte) 0);
      special.put(at + KvmLayout.SEGMENT_32_BIT, (byte) 1);
      special.put(at + KvmLayout.SEGMENT_CODE_OR_DATA, (byte) 1);
      special.put(at + KvmLayout.SEGMENT_LONG, (byte) 0);
      special.put(at + KvmLayout.SEGMENT_GRANULARITY, (byte) 1);
      special.put(at + KvmLayout.SEGMENT_UNUSABLE, (byte) 0);
    }
    special.putLong(
        KvmLayout.SREGS_CR0, special.getLong(KvmLayout.SREGS_CR0) | KvmLayout.CR0_PROTECTED);
    control(fd, KvmLayout.SET_SREGS, Libc.address(special), "setting the segment registers");
    fetchRegisters();
    registers.putLong(KvmLayout.REGS_RSP, stack);
    registers.putLong(KvmLayout.REGS_RFLAGS, FLAGS_AT_START);
    setInstructionPointer(instruction);
    storeRegisters();
  }

  /** Runs the guest until it leaves; the exit's reason and data are in {@link #runArea}. */
  int run() {
    while (Libc.ioctl(fd, KvmLayout.RUN, 0) < 0) {
      int errno = Native.getLastError();
      if (errno != Libc.EINTR) { // a signal of the JVM's
        throw new KvmException("running the guest", errno);
      }
    }
    return run.getInt(KvmLayout.RUN_EXIT_REASON);
  }

  /** KVM's struct kvm_run. */
  ByteBuffer runArea() {
    return run;
  }

  void fetchRegisters() {
    control(fd, KvmLayout.GET_REGS, Libc.address(registers), "reading the registers");
  }

  void storeRegisters() {
    control(fd, KvmLayout.SET_REGS, Libc.address(registers), "setting the registers");
  }

  @Override
  public CpuMode mode() {
    return CpuMode.PROTECTED_32; // the guest never leaves it
  }

  @Override
  public long register(int number) {
    return registers.getLong(place(number));
  }

  @Override
  public void setRegister(int number, long value) {
    registers.putLong(place(number), value);
  }

  private static int place(int number) {
    return Long.BYTES * (number < PLACE.length ? PLACE[number] : number);
  }

  @Override
  public long flags() {
    return registers.getLong(KvmLayout.REGS_RFLAGS);
  }

  @Override
  public void setFlags(long value) {
    registers.putLong(KvmLayout.REGS_RFLAGS, value);
  }

  @Override
  public long instructionPointer() {
    return registers.getLong(KvmLayout.REGS_RIP);
  }

  @Override
  public void setInstructionPointer(long value) {
    registers.putLong(KvmLayout.REGS_RIP, value);
  }

  /** Ends what the CPU would have ended with the instruction: blocking by STI and MOV SS. */
  @Override
  public void retired(boolean singleStep) {
    if (singleStep) {
      throw new KvmException("the guest single-steps; this monitor injects no debug exceptions");
    }
    ByteBuffer events = Libc.struct(KvmLayout.EVENTS_BYTES);
    control(fd, KvmLayout.GET_VCPU_EVENTS, Libc.address(events), "reading pending events");
    if (events.get(KvmLayout.EVENTS_SHADOW) != 0) {
      events.put(KvmLayout.EVENTS_SHADOW, (byte) 0);
      events.putInt(KvmLayout.EVENTS_FLAGS, KvmLayout.EVENTS_VALID_SHADOW);
      control(fd, KvmLayout.SET_VCPU_EVENTS, Libc.address(events), "ending the interrupt shadow");
    }
  }

  @Override
  public void close() {
    Libc.munmap(runAddress, runLength);
    Libc.close(fd);
  }
}

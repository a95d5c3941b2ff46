package io.virtentropy.rdrandemulation.x86;

import com.sun.jna.Function;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Arrays;

/**
 * The CPU that runs this program, one instruction at a time: machine code in an executable page,
 * with given registers and flags, and everything that is left of it afterwards.
 *
 * <pre>
 *   enter: save what C keeps, load flags and all registers, jump to the slot
 *   slot:  the instruction, INT3, INT3, …      in 64-bit code, or behind a far jump in 32-bit code
 *   any signal in here: a handler, in machine code too, copies the saved registers and
 *          goes on at leave, in 64-bit code; a signal elsewhere is given to the JVM's handler
 *   leave: load the stack pointer, restore, return
 * </pre>
 *
 * <p>INT3 behind the instruction tells its length, whatever we believe it to be. RSP may be
 * anything, so the handler has a stack of its own. For x86-64 Linux, and for a process of its own:
 * the handlers stay.
 */
final class HostCpu {
  static final int SIGILL = 4;
  static final int SIGTRAP = 5;
  static final int SIGSEGV = 11;

  /** As the kernel's and as user programs have them. */
  private static final int CODE_64 = 0x33;

  private static final int CODE_32 = 0x23;

  // where things are in the mapping
  private static final int MAPPING = 0x40000;
  private static final int ENTER_64 = 0;
  private static final int ENTER_32 = 0x200;
  private static final int LEAVE = 0x400;
  private static final int HANDLER = 0x480;
  private static final int SLOT = 0x1100;
  private static final int SLOT_BYTES = 64;
  private static final int IN_REGISTERS = 0x2000;
  private static final int IN_FLAGS = 0x2080;
  private static final int SAVED_RSP = 0x2088;
  private static final int FAR_POINTER = 0x2090;
  private static final int OUT_SIGNAL = 0x20a0;
  private static final int OUT_REGISTERS = 0x2100;
  private static final int OLD_HANDLERS = 0x2200;
  private static final int SCRATCH = 0x8000;
  private static final int SIGNAL_STACK = 0x10000;

  // struct ucontext: uc_mcontext.gregs from 40 on
  private static final int GREGS = 40;
  private static final int GREGS_COUNT = 23;
  private static final int GREG_RIP = 16;
  private static final int GREG_FLAGS = 17;
  private static final int GREG_CS = 18;

  /** Where RAX, RCX, … R15 are among the gregs. */
  private static final int[] GREG_OF = {13, 14, 12, 11, 15, 10, 9, 8, 0, 1, 2, 3, 4, 5, 6, 7};

  // struct sigaction and stack_t of the C library
  private static final int SIGACTION_BYTES = 152;
  private static final int SIGACTION_FLAGS = 136;
  private static final int SA_SIGINFO_ONSTACK = 0x0800_0004;

  private static final byte INT3 = (byte) 0xcc;

  private final Pointer memory;
  private final int base;
  private final Function enter64;
  private final Function enter32;
  private int at;

  HostCpu() {
    NativeLibrary libc = NativeLibrary.getProcess();
    // Readable, writable and executable; private, anonymous, below 2 GiB.
    long address =
        libc.getFunction("mmap").invokeLong(new Object[] {0L, (long) MAPPING, 7, 0x62, -1, 0L});
    if (address == -1 || address >>> 31 != 0) {
      throw new IllegalStateException("no executable memory below 2 GiB: " + address);
    }
    memory = new Pointer(address);
    base = (int) address;
    writeEnter(ENTER_64, false);
    writeEnter(ENTER_32, true);
    writeLeave();
    writeHandler();
    memory.setInt(FAR_POINTER, base + SLOT);
    memory.setShort(FAR_POINTER + 4, (short) CODE_32);
    catchSignals(libc);
    enter64 = Function.getFunction(memory.share(ENTER_64));
    enter32 = Function.getFunction(memory.share(ENTER_32));
  }

  // ---- running

  /** The address at which instructions run. */
  long slot() {
    return (long) base + SLOT;
  }

  /** The middle of memory that instructions may read and write. */
  long scratch() {
    return (long) base + SCRATCH;
  }

  /** Runs one instruction; INT3 stands behind it. */
  void run(byte[] code, CpuMode mode, long[] registers, long flags) {
    byte[] slot = new byte[SLOT_BYTES];
    Arrays.fill(slot, INT3);
    System.arraycopy(code, 0, slot, 0, code.length);
    memory.write(SLOT, slot, 0, slot.length);
    memory.write(IN_REGISTERS, registers, 0, 16);
    memory.setLong(IN_FLAGS, flags);
    memory.setInt(OUT_SIGNAL, 0);
    (mode == CpuMode.LONG_64 ? enter64 : enter32).invokeInt(new Object[0]);
    if (memory.getInt(OUT_SIGNAL) == 0) {
      throw new IllegalStateException("came back without a signal from " + Encodings.hex(code));
    }
  }

  /** The signal that ended the last run. */
  int signal() {
    return memory.getInt(OUT_SIGNAL);
  }

  /** A register after the last run, numbered as in instructions. */
  long register(int number) {
    return greg(GREG_OF[number]);
  }

  long flags() {
    return greg(GREG_FLAGS);
  }

  long instructionPointer() {
    return greg(GREG_RIP);
  }

  /** Whether the last run ended in 32-bit code. */
  boolean endedIn32() {
    return (greg(GREG_CS) & 0xffff) == CODE_32;
  }

  private long greg(int index) {
    return memory.getLong(OUT_REGISTERS + 8L * index);
  }

  // ---- machine code

  private void writeEnter(int where, boolean in32) {
    at = where;
    code(0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57); // push rbx, rbp, r12-r15
    code(0x48, 0x89, 0x24, 0x25).address(SAVED_RSP); // mov [SAVED_RSP], rsp
    code(0xff, 0x34, 0x25).address(IN_FLAGS).code(0x9d); // push [IN_FLAGS]; popfq
    for (int i = 0; i < 16; i++) {
      if (i != 4) {
        load(i);
      }
    }
    load(4); // the stack pointer, last
    if (in32) {
      code(0xff, 0x2c, 0x25).address(FAR_POINTER); // jmp far [FAR_POINTER]
    } else {
      code(0xe9);
      memory.setInt(at, SLOT - (at + 4)); // jmp SLOT
    }
  }

  private void load(int register) { // mov register, [IN_REGISTERS + 8 * register]
    code(0x48 | (register >> 3) << 2, 0x8b, 0x04 | (register & 7) << 3, 0x25)
        .address(IN_REGISTERS + 8 * register);
  }

  private void writeLeave() {
    at = LEAVE;
    code(0x48, 0x8b, 0x24, 0x25).address(SAVED_RSP); // mov rsp, [SAVED_RSP]
    code(0x68, 0x02, 0x02, 0, 0, 0x9d); // push 0x202; popfq
    code(0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b, 0xc3); // pop …; ret
  }

  private void writeHandler() { // (edi: signal, rsi: siginfo, rdx: ucontext)
    int rip = GREGS + 8 * GREG_RIP;
    int cs = GREGS + 8 * GREG_CS;
    at = HANDLER;
    code(0x48, 0x8b, 0x82).number(rip); // mov rax, [rdx + rip]
    code(0x48, 0x2d).address(0); // sub rax, the mapping
    code(0x48, 0x3d).number(MAPPING); // cmp rax, its length
    code(0x73, 0); // jae elsewhere
    int jump = at;
    code(0x89, 0x3c, 0x25).address(OUT_SIGNAL); // mov [OUT_SIGNAL], edi
    code(0x48, 0x8d, 0x72, GREGS); // lea rsi, [rdx + gregs]
    code(0xbf).address(OUT_REGISTERS); // mov edi, OUT_REGISTERS
    code(0xb9).number(GREGS_COUNT); // mov ecx, count
    code(0xfc, 0xf3, 0x48, 0xa5); // cld; rep movsq
    code(0x48, 0xc7, 0x82).number(rip).address(LEAVE); // mov qword [rdx + rip], LEAVE
    code(0x66, 0xc7, 0x82).number(cs).code(CODE_64, 0, 0xc3); // mov word [rdx + cs], 64-bit; ret
    memory.setByte(jump - 1, (byte) (at - jump));
    code(0x48, 0x8b, 0x04, 0xfd).address(OLD_HANDLERS); // mov rax, [OLD_HANDLERS + 8 * rdi]
    code(0xff, 0xe0); // jmp rax
  }

  private HostCpu code(int... bytes) {
    for (int one : bytes) {
      memory.setByte(at++, (byte) one);
    }
    return this;
  }

  private HostCpu address(int offset) {
    return number(base + offset);
  }

  private HostCpu number(int value) {
    memory.setInt(at, value);
    at += Integer.BYTES;
    return this;
  }

  // ---- signals

  private void catchSignals(NativeLibrary libc) {
    com.sun.jna.Memory stack = new com.sun.jna.Memory(24);
    stack.setPointer(0, memory.share(SIGNAL_STACK));
    stack.setInt(8, 0);
    stack.setLong(16, MAPPING - SIGNAL_STACK);
    check(libc.getFunction("sigaltstack").invokeInt(new Object[] {stack, Pointer.NULL}));
    com.sun.jna.Memory action = new com.sun.jna.Memory(SIGACTION_BYTES);
    com.sun.jna.Memory old = new com.sun.jna.Memory(SIGACTION_BYTES);
    action.clear();
    action.setPointer(0, memory.share(HANDLER));
    action.setInt(SIGACTION_FLAGS, SA_SIGINFO_ONSTACK);
    Function sigaction = libc.getFunction("sigaction");
    for (int signal : new int[] {SIGILL, SIGTRAP, 7, 8, SIGSEGV}) {
      check(sigaction.invokeInt(new Object[] {signal, action, old}));
      memory.setLong(OLD_HANDLERS + 8L * signal, old.getLong(0));
    }
  }

  private static void check(int result) {
    if (result != 0) {
      throw new IllegalStateException("errno " + Native.getLastError());
    }
  }
}

package io.virtentropy.examples.kvmvmm;

/**
 * KVM's requests and structs on x86-64 (Linux, Documentation/virt/kvm/api.rst; linux/kvm.h and
 * asm/kvm.h): numbers, offsets and sizes in bytes.
 */
final class KvmLayout {
  static final int API_VERSION = 12;

  static final long GET_API_VERSION = 0xae00;
  static final long CREATE_VM = 0xae01;
  static final long GET_VCPU_MMAP_SIZE = 0xae04;
  static final long GET_SUPPORTED_CPUID = 0xc008_ae05L;
  static final long CREATE_VCPU = 0xae41;
  static final long SET_USER_MEMORY_REGION = 0x4020_ae46L;
  static final long SET_TSS_ADDRESS = 0xae47;
  static final long RUN = 0xae80;
  static final long GET_REGS = 0x8090_ae81L;
  static final long SET_REGS = 0x4090_ae82L;
  static final long GET_SREGS = 0x8138_ae83L;
  static final long SET_SREGS = 0x4138_ae84L;
  static final long SET_CPUID2 = 0x4008_ae90L;
  static final long GET_VCPU_EVENTS = 0x8040_ae9fL;
  static final long SET_VCPU_EVENTS = 0x4040_aea0L;

  // struct kvm_userspace_memory_region: slot, flags, guest_phys_addr, memory_size, userspace_addr
  static final int REGION_GUEST_ADDRESS = 8;
  static final int REGION_LENGTH = 16;
  static final int REGION_HOST_ADDRESS = 24;
  static final int REGION_BYTES = 32;

  // struct kvm_regs: rax rbx rcx rdx rsi rdi rsp rbp r8 ... r15 rip rflags, 64 bits each
  static final int REGS_RSP = 6 * 8;
  static final int REGS_RIP = 16 * 8;
  static final int REGS_RFLAGS = 17 * 8;
  static final int REGS_BYTES = 144;

  // struct kvm_sregs: cs ds es fs gs ss tr ldt gdt idt cr0 ...
  static final int SREGS_SEGMENTS = 6;
  static final int SREGS_CR0 = 224;
  static final int SREGS_BYTES = 312;
  static final int CR0_PROTECTED = 1;

  // struct kvm_segment
  static final int SEGMENT_BASE = 0;
  static final int SEGMENT_LIMIT = 8;
  static final int SEGMENT_SELECTOR = 12;
  static final int SEGMENT_TYPE = 14;
  static final int SEGMENT_PRESENT = 15;
  static final int SEGMENT_DPL = 16;
  static final int SEGMENT_32_BIT = 17;
  static final int SEGMENT_CODE_OR_DATA = 18;
  static final int SEGMENT_LONG = 19;
  static final int SEGMENT_GRANULARITY = 20;
  static final int SEGMENT_UNUSABLE = 22;
  static final int SEGMENT_BYTES = 24;

  // struct kvm_cpuid2: nent, padding, then entries
  static final int CPUID_ENTRIES = 8;
  static final int CPUID_MOST = 256;
  static final int CPUID_ENTRY_BYTES = 40;
  static final int ENTRY_LEAF = 0;
  static final int ENTRY_SUBLEAF = 4;
  static final int ENTRY_FLAGS = 8;
  static final int ENTRY_EAX = 12;
  static final int FLAG_SIGNIFICANT_SUBLEAF = 1;

  // struct kvm_vcpu_events
  static final int EVENTS_SHADOW = 11;
  static final int EVENTS_FLAGS = 32;
  static final int EVENTS_VALID_SHADOW = 4;
  static final int EVENTS_BYTES = 64;

  // struct kvm_run
  static final int RUN_EXIT_REASON = 8;
  static final int EXIT_IO = 2;
  static final int EXIT_HLT = 5;
  static final int EXIT_MMIO = 6;
  static final int EXIT_SHUTDOWN = 8;
  static final int IO_DIRECTION = 32;
  static final int IO_SIZE = 33;
  static final int IO_PORT = 34;
  static final int IO_COUNT = 36;
  static final int IO_DATA_OFFSET = 40;
  static final int IO_OUT = 1;
  static final int MMIO_ADDRESS = 32;
  static final int MMIO_DATA = 40;
  static final int MMIO_LENGTH = 48;
  static final int MMIO_IS_WRITE = 52;

  private KvmLayout() {}
}

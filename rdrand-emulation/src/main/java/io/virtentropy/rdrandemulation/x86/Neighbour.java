package io.virtentropy.rdrandemulation.x86;

/**
 * The other instructions of opcode group 9 (0F C7, SDM vol. 2D table A-6). They are recognised, so
 * that they are not mistaken, and left to the emulator: its features decide whether they exist.
 */
public enum Neighbour {
  /** Compare and exchange 8 bytes. */
  CMPXCHG8B,
  /** Compare and exchange 16 bytes. */
  CMPXCHG16B,
  /** Restore processor state, supervisor. */
  XRSTORS,
  /** Save processor state, compacted. */
  XSAVEC,
  /** Save processor state, supervisor. */
  XSAVES,
  /** Load pointer to a virtual-machine control structure. */
  VMPTRLD,
  /** Clear a virtual-machine control structure. */
  VMCLEAR,
  /** Enter VMX operation. */
  VMXON,
  /** Store pointer to a virtual-machine control structure. */
  VMPTRST,
  /** Read processor ID. */
  RDPID,
  /** Send a user interrupt. */
  SENDUIPI
}

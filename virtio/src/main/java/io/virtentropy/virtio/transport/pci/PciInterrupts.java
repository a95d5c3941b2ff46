package io.virtentropy.virtio.transport.pci;

/**
 * Where the interrupts of a PCI function go: implemented by the embedder.
 *
 * <p>Called on the thread that is inside a call of {@link PciTransport}, never from elsewhere. The
 * state is consistent by then, so the receiver may read and write the function at once.
 */
public interface PciInterrupts {
  /**
   * The level of INTA# changes.
   *
   * @param asserted the new level
   */
  void intx(boolean asserted);

  /**
   * The function sends an MSI-X message: a write of 32 bits to memory.
   *
   * @param address the address from the vector's table entry
   * @param data the data from the vector's table entry
   */
  void message(long address, int data);
}

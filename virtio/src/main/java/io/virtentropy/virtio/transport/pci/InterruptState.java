package io.virtentropy.virtio.transport.pci;

import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.NO_VECTOR;

import io.virtentropy.virtio.device.RngDevice;
import java.util.Arrays;

/**
 * The function's interrupts: the ISR status, the vectors that the driver gave to events, and which
 * of INTA# and MSI-X an event takes (virtio 1.3 §4.1.4.5, §4.1.5.3, §4.1.5.4).
 *
 * <p>QEMU differs in two points that a driver can see. It sets the ISR bit of used buffers with
 * MSI-X too, where the specification asks for nothing. And its INTA# is what the last event or read
 * of the ISR status made it, not what the ISR status says.
 */
final class InterruptState implements RngDevice.Interrupts {
  static final int ISR_USED = 1;
  static final int ISR_CONFIG = 2;

  private final ConfigSpace config;
  private final MsixTable msix;
  private final PciInterrupts sink;
  private final boolean likeQemu;

  private int isr;
  private int generation;
  private int configVector = NO_VECTOR;
  private final int[] queueVectors;

  /** How often QEMU thinks each vector is used: a queue that is reset alone is not counted out. */
  private final int[] uses;

  /** QEMU's latch of INTA#; else follows from the ISR status. */
  private boolean latched;

  private boolean toldLevel;

  InterruptState(
      ConfigSpace config, MsixTable msix, PciInterrupts sink, boolean likeQemu, int queues) {
    this.config = config;
    this.msix = msix;
    this.sink = sink;
    this.likeQemu = likeQemu;
    this.queueVectors = new int[queues];
    this.uses = new int[msix.vectors()];
    Arrays.fill(queueVectors, NO_VECTOR);
  }

  // ---- events of the device

  @Override
  public void usedBuffers() {
    if (likeQemu || !msix.isEnabled()) {
      isr |= ISR_USED;
    }
    deliver(queueVectors[0]);
  }

  @Override
  public void configurationChanged() {
    note(true);
    deliver(configVector);
  }

  @Override
  public void recordOnly(boolean configuration) {
    note(configuration);
  }

  private void note(boolean configuration) {
    if (!configuration) {
      isr |= ISR_USED;
      return;
    }
    // QEMU sets both bits; that costs the driver a look at its queue and says nothing untrue where
    // one line stands for both.
    isr |= likeQemu || !msix.isEnabled() ? ISR_CONFIG | ISR_USED : ISR_CONFIG;
    generation = (generation + 1) & 0xff;
  }

  private void deliver(int vector) {
    if (msix.isEnabled()) {
      if (vector != NO_VECTOR) {
        msix.raise(vector);
      }
    } else {
      latched = (isr & ISR_USED) != 0;
      update();
    }
  }

  // ---- registers

  /** Reads and clears the ISR status, which lowers INTA#. */
  int readIsr() {
    int value = isr;
    isr = 0;
    latched = false;
    update();
    return value;
  }

  int generation() {
    return generation;
  }

  int configVector() {
    return configVector;
  }

  int queueVector(int queue) {
    return queue < queueVectors.length ? queueVectors[queue] : NO_VECTOR;
  }

  /** Takes a driver's choice; one that there is no vector for reads back as none. */
  void chooseConfigVector(int value) {
    int before = configVector;
    configVector = legal(value);
    changed(before, configVector);
  }

  void chooseQueueVector(int queue, int value) {
    if (queue < queueVectors.length) {
      int before = queueVectors[queue];
      queueVectors[queue] = legal(value);
      changed(before, queueVectors[queue]);
    }
  }

  /** The queue was reset alone, and so has no vector. */
  void queueReset(int queue) {
    if (!likeQemu) {
      chooseQueueVector(queue, NO_VECTOR);
    } else if (queue < queueVectors.length) {
      queueVectors[queue] = NO_VECTOR;
    }
  }

  private int legal(int value) {
    return value >= 0 && value < msix.vectors() ? value : NO_VECTOR;
  }

  /**
   * A message that is pending for nobody any more is not sent. In QEMU that happens also to a
   * vector that is chosen again by its only user.
   */
  private void changed(int before, int after) {
    if (!likeQemu) {
      forgetUnused(before);
      return;
    }
    if (before != NO_VECTOR && uses[before] > 0 && --uses[before] == 0) {
      msix.forget(before);
    }
    if (after != NO_VECTOR) {
      uses[after]++;
    }
  }

  private void forgetUnused(int vector) {
    if (vector == NO_VECTOR || vector == configVector) {
      return;
    }
    for (int used : queueVectors) {
      if (used == vector) {
        return;
      }
    }
    msix.forget(vector);
  }

  // ---- the function's configuration

  boolean isMsixEnabled() {
    return msix.isEnabled();
  }

  /** The command register or the message control word may have changed. */
  void configured(boolean msixControlWritten) {
    msix.configure(config.msixControl(), config.commandHas(PciConfigLayout.COMMAND_MASTER));
    if (msixControlWritten && msix.isEnabled()) {
      latched = false;
    }
    update();
  }

  boolean level() {
    return isPending() && !config.commandHas(PciConfigLayout.COMMAND_INTX_DISABLE);
  }

  private boolean isPending() {
    return likeQemu ? latched : isr != 0 && !msix.isEnabled();
  }

  private void update() {
    config.showInterrupt(isPending());
    boolean level = level();
    if (level != toldLevel) {
      toldLevel = level;
      sink.intx(level);
    }
  }

  /** The driver has reset the device: nothing is pending, no event has a vector. */
  void reset() {
    isr = 0;
    latched = false;
    configVector = NO_VECTOR;
    Arrays.fill(queueVectors, NO_VECTOR);
    Arrays.fill(uses, 0);
    msix.forgetAll();
    update();
  }

  /** Only the line: the embedder's end. */
  void silence() {
    isr = 0;
    latched = false;
    update();
  }

  // ---- saving

  int isr() {
    return isr;
  }

  void restore(int savedIsr, int savedGeneration, int savedConfigVector, int[] savedQueueVectors) {
    isr = savedIsr;
    generation = savedGeneration;
    configVector = savedConfigVector;
    System.arraycopy(savedQueueVectors, 0, queueVectors, 0, queueVectors.length);
    Arrays.fill(uses, 0);
    changed(NO_VECTOR, configVector);
    for (int vector : queueVectors) {
      changed(NO_VECTOR, vector);
    }
    latched = (config.read(PciConfigLayout.STATUS, 2) & PciConfigLayout.STATUS_INTERRUPT) != 0;
    config.showInterrupt(isPending());
    toldLevel = level();
  }
}

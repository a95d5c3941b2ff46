package io.virtentropy.conformance.model;

/** How an event of the device's becomes an interrupt: a message with MSI-X on, else INTA#. */
final class Interrupts {
  private final ConfigSpace config;
  private final MsixTable table;
  private final InterruptPin pin;

  /** What the ISR register shows. Set with MSI-X on, too. */
  int isr;

  Interrupts(ConfigSpace config, MsixTable table, InterruptPin pin) {
    this.config = config;
    this.table = table;
    this.pin = pin;
  }

  void notifyVector(int vector) {
    if (config.isMsixEnabled()) {
      if (vector != MsixTable.NO_VECTOR) {
        table.send(vector);
      }
    } else {
      setPin((isr & 1) != 0);
    }
  }

  int readIsr() {
    int was = isr;
    isr = 0;
    setPin(false);
    return was;
  }

  void setPin(boolean asserted) {
    pin.want(asserted);
    config.showInterrupt(pin.isWanted());
  }
}

package io.virtentropy.conformance.model;

import java.util.Optional;

/**
 * When the device asks its source for how much, and what it does with the answer. It keeps no count
 * of what it has asked for: a second look at the same buffers asks for them again.
 */
final class RequestLoop {
  private final VirtioState device;
  private final SplitRing ring;
  private final Allowance allowance;
  private final EgdDaemon daemon;

  RequestLoop(VirtioState device, SplitRing ring, Allowance allowance, EgdDaemon daemon) {
    this.device = device;
    this.ring = ring;
    this.allowance = allowance;
    this.daemon = daemon;
  }

  /** Looks at what is available, and asks for as much as it takes and the allowance allows. */
  void pass() {
    if (!device.isReady()) {
      return;
    }
    allowance.passBegins();
    long buffers = 0;
    try {
      buffers = ring.writableBytes(allowance.scanLimit());
    } catch (RingFault e) {
      device.fail();
    }
    long bytes = allowance.request(buffers);
    if (bytes != 0) {
      daemon.ask(bytes);
    }
  }

  /** The source has answered, for whoever drives the device now. */
  void answered(byte[] bytes) {
    if (!device.isReady() || !device.running) {
      return;
    }
    allowance.charge(bytes.length);
    try {
      int given = 0;
      while (given < bytes.length) {
        Optional<SplitRing.Taken> taken = ring.take();
        if (taken.isEmpty()) {
          break;
        }
        int written = taken.get().buffers().fill(bytes, given);
        given += written;
        ring.giveBack(taken.get(), written);
      }
    } catch (RingFault e) {
      device.fail();
    }
    if (ring.mayInterrupt()) {
      device.notifyUsed();
    }
    if (!ring.isEmpty()) {
      pass();
    }
  }

  void kicked() {
    if (device.vring.desc != 0 && !device.broken) {
      pass();
    }
  }

  void timerFired() {
    allowance.refill();
    pass();
    allowance.refilled();
  }

  /** A driver, or the bus master bit, sets the status; any value does, and it triggers a pass. */
  void setStatus(int value) {
    if (device.running) {
      device.status = value;
      pass();
    }
    device.status = value; // which hides an error that the pass has found
  }

  /** The machine goes on: the loop looks, and the status is set once more. */
  void resumed() {
    pass();
    setStatus(device.status);
  }
}

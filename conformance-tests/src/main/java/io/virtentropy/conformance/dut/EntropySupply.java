package io.virtentropy.conformance.dut;

import java.util.List;

/**
 * The source behind a device under test, in the suite's hands: it sees what the device asks for and
 * answers when, with what and with how much it likes.
 *
 * <p>Requests are told in the units of the EGD protocol, 1 to 255 bytes each, because that is what
 * QEMU sends: a request for 256 bytes is [255, 1]. {@link EgdUnits} says how any device's requests
 * look so.
 */
public interface EntropySupply {
  /**
   * What the device has asked for since this was last called. Settles first.
   *
   * @return counts of 1 to 255 in the order they came; empty if it asked for nothing
   * @throws UnsupportedOperationException without {@link Capability#REQUESTS}
   */
  List<Integer> takeRequests();

  /**
   * Gives bytes. A device takes no more than it has asked for; the rest waits for its next request.
   * Nothing may reach the guest before a whole request is there. Settles after.
   *
   * @param bytes any number, known to the suite
   */
  void deliver(byte[] bytes);
}

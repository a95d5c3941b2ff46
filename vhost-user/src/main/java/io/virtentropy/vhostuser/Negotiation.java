package io.virtentropy.vhostuser;

import io.virtentropy.vhostuser.protocol.ProtocolFeature;
import io.virtentropy.virtio.device.VirtioFeature;
import java.util.StringJoiner;

/**
 * What a front-end and its driver settled on when the ring started.
 *
 * @param features what the driver accepted, as feature bits
 * @param protocolFeatures what the front-end accepted, as protocol feature bits
 * @param regions how many regions of memory are shared
 * @param memoryBytes how long they are together
 * @param queueSize the ring's size
 */
public record Negotiation(
    long features, long protocolFeatures, int regions, long memoryBytes, int queueSize) {

  /**
   * One line for the log.
   *
   * @return all of it in words
   */
  public String describe() {
    return "features "
        + describe(features)
        + "; protocol "
        + ProtocolFeature.describe(protocolFeatures)
        + "; "
        + (memoryBytes >>> 20)
        + " MiB of memory in "
        + regions
        + (regions == 1 ? " region" : " regions")
        + "; a queue of "
        + queueSize;
  }

  private static String describe(long features) {
    StringJoiner names = new StringJoiner(" ");
    names.setEmptyValue("none");
    long rest = features;
    if ((rest & VirtioFeature.INDIRECT_DESC) != 0) {
      names.add("INDIRECT_DESC");
      rest &= ~VirtioFeature.INDIRECT_DESC;
    }
    if ((rest & VirtioFeature.EVENT_IDX) != 0) {
      names.add("EVENT_IDX");
      rest &= ~VirtioFeature.EVENT_IDX;
    }
    if ((rest & VirtioFeature.VERSION_1) != 0) {
      names.add("VERSION_1");
      rest &= ~VirtioFeature.VERSION_1;
    }
    if (rest != 0) {
      names.add("0x" + Long.toHexString(rest));
    }
    return names.toString();
  }
}

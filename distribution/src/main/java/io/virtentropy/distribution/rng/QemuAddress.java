package io.virtentropy.distribution.rng;

/** Where a device sits, as properties of QEMU's. */
final class QemuAddress {
  private QemuAddress() {}

  static void add(DeviceAddress address, String rootBus, QemuProperties properties) {
    switch (address.type()) {
      case "pci" -> pci(address, rootBus, properties);
      case "ccw" ->
          properties.with(
              "devno",
              String.format(
                  "%x.%x.%04x",
                  number(address, "cssid"), number(address, "ssid"), number(address, "devno")));
      default -> {
        // virtio-mmio: QEMU takes the next free place
      }
    }
  }

  private static void pci(DeviceAddress address, String rootBus, QemuProperties properties) {
    if (!address.attributes().containsKey("slot")) {
      return; // libvirt has not chosen one yet
    }
    long bus = number(address, "bus");
    long function = number(address, "function");
    String slot = "0x" + Long.toHexString(number(address, "slot"));
    properties.with("bus", bus == 0 ? rootBus : "pci." + bus);
    String multifunction = address.attributes().get("multifunction");
    if (multifunction != null) {
      properties.with("multifunction", multifunction.equals("on"));
    }
    properties.with("addr", function == 0 ? slot : slot + ".0x" + Long.toHexString(function));
  }

  /** As C reads a number: 0x means that it is hexadecimal. Absent is 0. */
  private static long number(DeviceAddress address, String attribute) {
    String text = address.attributes().getOrDefault(attribute, "0");
    try {
      long value = Long.decode(text);
      if (value >= 0 && value <= 0xffff_ffffL) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw unacceptable(address, attribute, text, e);
    }
    throw unacceptable(address, attribute, text, null);
  }

  private static IllegalArgumentException unacceptable(
      DeviceAddress address, String attribute, String text, NumberFormatException cause) {
    return new IllegalArgumentException(
        "Cannot parse <address> '"
            + attribute
            + "' attribute '"
            + text
            + "' of type "
            + address.type()
            + "; a number of 32 bits is accepted",
        cause);
  }
}

package io.virtentropy.distribution.rng;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Where the device sits in the machine: libvirt's {@code <address>}.
 *
 * @param type {@code pci}, {@code ccw}, {@code virtio-mmio} or another of libvirt's
 * @param attributes what else stands there, in order: {@code bus}, {@code slot} and so on
 */
public record DeviceAddress(String type, Map<String, String> attributes) {
  /**
   * Copies the attributes.
   *
   * @param type the kind of address
   * @param attributes what else stands there
   */
  public DeviceAddress {
    Objects.requireNonNull(type, "type");
    attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
  }
}

package io.virtentropy.distribution.libvirt;

import java.nio.file.Path;
import java.util.UUID;

/** Domains' XML as libvirt 9.0 answers it, shortened. */
final class DomainXml {
  private DomainXml() {}

  /** The UUID of the domain of a name. */
  static UUID uuid(String name) {
    return UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /** A domain that runs. */
  static String running(String name, long id, String metadata, String... devices) {
    return "<domain type='qemu' id='" + id + "'>" + rest(name, metadata, devices);
  }

  /** A domain that is defined only. */
  static String inactive(String name, String... devices) {
    return "<domain type='qemu'>" + rest(name, "", devices);
  }

  private static String rest(String name, String metadata, String... devices) {
    return "\n  <name>"
        + name
        + "</name>\n  <uuid>"
        + uuid(name)
        + "</uuid>\n  <metadata>"
        + metadata
        + "</metadata>\n  <memory unit='KiB'>65536</memory>\n  <devices>\n"
        + "    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n"
        + String.join("\n", devices)
        + "\n  </devices>\n</domain>\n";
  }

  /** A device that we can connect to. */
  static String egd(String alias, Path socket) {
    return rng(
        alias,
        "<backend model='egd' type='unix'><source mode='bind' path='" + socket + "'/></backend>");
  }

  /** A device with any backend. */
  static String rng(String alias, String backend) {
    return "    <rng model='virtio'>"
        + backend
        + "<alias name='"
        + alias
        + "'/><address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/></rng>";
  }

  /** What is ours among the metadata. */
  static String entropy(String attributes, String... devices) {
    return "<virtentropy:entropy xmlns:virtentropy='https://virtentropy.io/xml/domain/1' "
        + attributes
        + ">"
        + String.join("", devices)
        + "</virtentropy:entropy>";
  }
}

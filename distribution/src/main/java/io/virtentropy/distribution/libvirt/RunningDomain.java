package io.virtentropy.distribution.libvirt;

import io.virtentropy.distribution.libvirt.EntropyDevice.Reachable;
import java.util.List;
import java.util.UUID;

/**
 * A domain that runs, with its entropy devices.
 *
 * @param uuid its UUID
 * @param id libvirt's number of this run; a libvirtd that starts while no domain runs begins at 1
 *     again
 * @param name its name, as it can be printed
 * @param devices its entropy devices, in order
 */
record RunningDomain(UUID uuid, long id, String name, List<EntropyDevice> devices) {
  RunningDomain {
    devices = List.copyOf(devices);
  }

  RunningDomain withDevices(List<EntropyDevice> newDevices) {
    return new RunningDomain(uuid, id, name, newDevices);
  }

  /** Tells one QEMU, and one device of it, from the next. */
  String incarnation(Reachable device) {
    return uuid + "/" + id + device.node().map(node -> "/" + node).orElse("");
  }
}

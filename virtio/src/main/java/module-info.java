/**
 * The virtio entropy device, to be embedded in an emulator or a virtual machine monitor.
 *
 * <p>Needs nothing but the JDK and this project's own modules at run time, starts no thread and
 * keeps no static state.
 */
module io.virtentropy.virtio {
  requires transitive io.virtentropy.backends;
  requires transitive io.virtentropy.ratelimit;

  exports io.virtentropy.virtio.device;
  exports io.virtentropy.virtio.driver;
  exports io.virtentropy.virtio.memory;
  exports io.virtentropy.virtio.queue;
  exports io.virtentropy.virtio.transport.mmio;
  exports io.virtentropy.virtio.transport.pci;
}

/** A small virtual machine monitor: KVM runs the guest, this project gives it its entropy. */
module io.virtentropy.examples.kvmvmm {
  requires com.sun.jna;
  requires io.virtentropy.backends;
  requires io.virtentropy.rdrandemulation;
  requires io.virtentropy.virtio;

  // JNA looks up the native methods.
  opens io.virtentropy.examples.kvmvmm to
      com.sun.jna;
}

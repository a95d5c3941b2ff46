/**
 * A virtual machine monitor in Java, small and whole.
 *
 * <pre>
 *   guest/guest.S ── RDRAND, RDSEED ──▶ KVM can't ──▶ KvmEmulationFailure ──▶ VmEntropy
 *        │
 *        ├── virtio registers ──▶ MMIO exit ──▶ MmioTransport ──▶ ring and buffers in Ram
 *        └── what it got ──▶ port exit ──▶ GuestReport
 * </pre>
 *
 * <p>{@link io.virtentropy.examples.kvmvmm.Monitor} is the part to read: everything that a VMM does
 * with the library is there. The rest is KVM's interface: {@code Kvm}, {@code Vcpu}, {@code Ram}.
 */
package io.virtentropy.examples.kvmvmm;

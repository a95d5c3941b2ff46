/**
 * The PCI transport (virtio 1.3 §4.1): the entropy device as a function on a PCI or PCI Express
 * bus, with the identities, capabilities, BARs and register decoding of QEMU's virtio-rng-pci.
 *
 * <pre>
 *   configRead, configWrite ──▶ ConfigSpace ──── access capability ──┐
 *   barRead, barWrite ────────────────────────────────────────────┐  │
 *                         ┌──────────────┬─────────────┬─────────▼──▼┐
 *                    LegacyHeader   CommonConfig   MsixTable    ISR, notify
 *                         └──────┬───────┘             ▲             │
 *                            RngDevice ──▶ InterruptState ◀──────────┘
 *                                               │
 *                                         PciInterrupts
 * </pre>
 *
 * <p>{@link io.virtentropy.virtio.transport.pci.PciTransport} is what an emulator holds; the {@code
 * Layout} classes say where the registers lie.
 */
package io.virtentropy.virtio.transport.pci;

/**
 * QEMU's virtio-rng as an executable specification: slow, obvious, and written from the observed
 * behaviour of QEMU alone. It shares no code with the device it is there to check.
 *
 * <pre>
 *   ModelDevice ──▶ BarDecoder ──▶ CommonConfig, LegacyHeader, IsrWindow, NotifyWindow, MsixTable
 *      │  │             ▲                   │                                        ▲
 *      │  └─▶ ConfigSpace ─ AccessWindow    ▼                                        │
 *      │                              VirtioState ──▶ Interrupts ──▶ InterruptPin ───┘
 *      ▼                                    │
 *   EgdDaemon ◀── requests ── RequestLoop ──┴──▶ SplitRing ──▶ Dma ──▶ GuestRam
 *        └─────── bytes ─────▶     └─ Allowance
 * </pre>
 *
 * <p>What differs between releases of QEMU is data: {@link
 * io.virtentropy.conformance.model.QemuRelease}. A guest's fault is a {@code RingFault}, thrown
 * where it is found and turned into a broken device in one place.
 *
 * <p>The model is compared with the real thing where that is installed, and with the fast device in
 * every build: {@link io.virtentropy.conformance.differential}.
 */
package io.virtentropy.conformance.model;

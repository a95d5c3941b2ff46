/**
 * Guest memory as the device sees it: {@link io.virtentropy.virtio.memory.GuestMemory} is what an
 * embedder implements over whatever holds his RAM, {@link
 * io.virtentropy.virtio.memory.RegionMemory} is ready for RAM that lies in {@code ByteBuffer}s.
 *
 * <p>All addresses are guest-physical and unsigned 64-bit; all scalars are little-endian.
 */
package io.virtentropy.virtio.memory;

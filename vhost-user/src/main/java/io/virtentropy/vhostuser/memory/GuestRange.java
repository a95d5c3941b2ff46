package io.virtentropy.vhostuser.memory;

/**
 * A range of guest memory.
 *
 * @param address its first guest-physical address
 * @param length how long it is
 */
public record GuestRange(long address, long length) {}

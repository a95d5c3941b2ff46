/**
 * The Linux system calls this module needs, with descriptors that are closed once and errors that
 * say which call failed.
 *
 * <p>{@link io.virtentropy.vhostuser.linux.Libc} is mapped directly by JNA with primitive arguments
 * only: nothing is allocated or marshalled in a call. Structures are laid out by hand in direct
 * buffers; where their fields lie is in the {@code *Layout} classes, for x86-64 and aarch64.
 */
package io.virtentropy.vhostuser.linux;

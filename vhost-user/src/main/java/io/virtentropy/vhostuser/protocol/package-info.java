/**
 * The vhost-user protocol as bytes: the table of requests, reassembly, replies. Knows nothing of
 * rings or entropy.
 *
 * <p>Source: QEMU, {@code docs/interop/vhost-user.rst}.
 */
package io.virtentropy.vhostuser.protocol;

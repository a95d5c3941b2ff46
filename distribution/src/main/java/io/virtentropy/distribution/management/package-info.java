/**
 * Management over HTTP on a unix socket, as Docker, Firecracker and cloud-hypervisor have it:
 * {@link io.virtentropy.distribution.management.ManagementServer}. {@code openapi.json} beside it
 * describes each call.
 *
 * <p>Who may open the socket may do everything: its file mode is the access control, and the users
 * that are named, where some are.
 */
package io.virtentropy.distribution.management;

/**
 * A pool at work: {@link io.virtentropy.distribution.serving.PoolServer} draws from its source and
 * answers its clients, which speak EGD, as far as the tree of classes lets it.
 *
 * <pre>
 *   source ──▶ EgdServer ──▶ guests' QEMUs, which listen
 *                 │     └──▶ whoever connects to the pool's sockets
 *                 ▼
 *             ClassTree: source / class / … / one leaf for each client
 * </pre>
 *
 * <p>Each pool has a thread. Other threads hand it their wishes, and take {@link
 * io.virtentropy.distribution.serving.PoolReport}s.
 */
package io.virtentropy.distribution.serving;

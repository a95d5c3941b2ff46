/**
 * The server's side of EGD: any source, for any number of clients.
 *
 * <pre>
 *   endpoint, one that listens or one that connects
 *       │ a channel, by whichever way it came
 *   ┌───▼──────────────────────── a connection ┐        ┌───────────── a source ┐
 *   │ link ──▶ session: commands ──▶ owed NN ──┼─ row ─▶│ queue: whose turn     │
 *   │  ▲                    replies ◀──────────┼────────┤ fill, or a request    │
 *   │  └── TLS or not          │               │        └───────────────────────┘
 *   └──────────────────────────┼───────────────┘
 *                              └─ contributions ─▶ the service's sink
 * </pre>
 *
 * <p>{@link io.virtentropy.backends.egd.server.EgdServer} is the loop, {@link
 * io.virtentropy.backends.egd.server.EgdService} what is served on what terms, {@link
 * io.virtentropy.backends.egd.server.EgdPeer} a client as others see it. Everything runs on the one
 * thread that polls.
 */
package io.virtentropy.backends.egd.server;

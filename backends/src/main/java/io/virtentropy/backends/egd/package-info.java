/**
 * The {@code egd} source: entropy from a daemon that speaks the EGD protocol, over a socket, a pair
 * of pipes or a serial device. The counterpart of QEMU's {@code rng-egd}.
 *
 * <pre>
 *   consumers' threads                  one thread for any number of sources
 *   EgdBackend ── submit, cancel ─────▶ EgdLoop ──▶ EgdSession ──▶ Connector
 *                  (queue, wake-up)        selector    when there    sockets, pipes,
 *                                          timers      is a link     TLS
 *                                                         │            │
 *       ◀───────── complete ──────────────────────────  Dialogue ◀──▶ Link
 *                                                       what was asked, and came
 * </pre>
 *
 * <p>{@link io.virtentropy.backends.egd.EgdBackend} says what is asked and when, {@link
 * io.virtentropy.backends.egd.EgdAddress} how a server is named. Everything below the queue is used
 * by the thread that polls the loop and by no other.
 *
 * <p>This package needs {@code io.netty:netty-buffer} at run time; the rest of the module does not.
 */
package io.virtentropy.backends.egd;

/**
 * The protocol of the Entropy Gathering Daemon (EGD), both sides, without a socket.
 *
 * <pre>
 *   client                                              server
 *   EgdRequests ── 02 40 ──────── any pieces ───────▶ EgdRequestDecoder
 *   EgdReplyDecoder ◀─ 64 bytes ─ any pieces ──────── EgdReplies
 * </pre>
 *
 * <p>{@link io.virtentropy.backends.egd.protocol.EgdLayout} holds the wire format. Encoders append
 * to a {@link io.netty.buffer.ByteBuf}; decoders are cursors: {@code next} consumes what belongs to
 * the next item and says what it is, and the decoder's getters say the rest until the next call. So
 * nothing is allocated per command, whatever pieces the stream comes in. What is wrong with a
 * stream is a value, {@link io.virtentropy.backends.egd.protocol.EgdFault}, and the end of
 * decoding.
 *
 * <p>There is no RFC. Where servers and clients in use differ, the class that meets the difference
 * says what is sent and what is tolerated.
 */
package io.virtentropy.backends.egd.protocol;

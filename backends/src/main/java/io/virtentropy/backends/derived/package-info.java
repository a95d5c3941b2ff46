/**
 * Sources made of other sources: a generator seeded from one ({@code drbg}), several combined into
 * one ({@code mix}), the first of several that works ({@code failover}), one whose noise is tested
 * ({@code health}).
 *
 * <p>All of them are the same machine, {@code DerivedBackend}, which keeps the contract of a
 * source: it queues requests, sees to it that one thread works at a time, and wipes and closes.
 * What is particular to one is a {@code Derivation}, which is asked for bytes and in its turn asks
 * the sources below through an {@code Intake}:
 *
 * <pre>
 *   fill, submit ──▶ DerivedBackend ── make ──▶ Derivation ── take ──▶ Intake ──▶ source
 *                        ▲  one thread at a time                          │
 *                        └───────────────── wake-up ──────────────────────┘
 * </pre>
 *
 * <p>No class here has a thread. Work is done by whoever asks, or by whoever completes a request of
 * a source below. A derived source owns those it stands on and closes them.
 */
package io.virtentropy.backends.derived;

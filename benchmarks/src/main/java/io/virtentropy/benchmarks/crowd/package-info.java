/**
 * One daemon and a crowd of clients, each side a process of its own: {@link
 * io.virtentropy.benchmarks.crowd.PoolCrowd} is the benchmark, {@link
 * io.virtentropy.benchmarks.crowd.CrowdDaemon} the daemon it starts. The clients do what QEMU's
 * {@code rng-egd} does; some may be hostile.
 */
package io.virtentropy.benchmarks.crowd;

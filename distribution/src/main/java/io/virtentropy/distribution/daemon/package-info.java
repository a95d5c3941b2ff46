/**
 * The daemon's pools, for whoever manages them: {@link
 * io.virtentropy.distribution.daemon.PoolControl} is the registry with pools that really serve, and
 * may be used by any thread; {@link io.virtentropy.distribution.daemon.EventStream} tells what
 * happens.
 */
package io.virtentropy.distribution.daemon;

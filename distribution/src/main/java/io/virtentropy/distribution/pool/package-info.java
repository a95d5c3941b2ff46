/**
 * Entropy pools as people define them: XML in libvirt's style, read by {@link
 * io.virtentropy.distribution.pool.PoolXmlParser} and held as a {@link
 * io.virtentropy.distribution.pool.PoolDefinition}.
 *
 * <p>Definitions are values; any thread may use them.
 */
package io.virtentropy.distribution.pool;

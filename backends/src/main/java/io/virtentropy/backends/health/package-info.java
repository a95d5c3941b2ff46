/**
 * Statistical tests of noise: the continuous health tests of NIST SP 800-90B, which decide whether
 * a source is used, and the block statistics of FIPS 140-2, which tell an operator something and
 * decide nothing. Numbers only; {@code io.virtentropy.backends.derived} has the source that applies
 * them.
 *
 * <p>Tests of this kind find a source that has broken: stuck, biased, repeating. They can't tell
 * good randomness from a bad generator's, so nothing here is run on bytes that a generator has
 * conditioned.
 */
package io.virtentropy.backends.health;

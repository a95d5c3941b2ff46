/**
 * PRNO of s390x, function TRNG (z/Architecture Principles of Operation, message-security-assist
 * extension 7): true random bytes into guest memory. See {@link io.virtentropy.rdrandemulation} for
 * where they come from.
 */
package io.virtentropy.rdrandemulation.s390;

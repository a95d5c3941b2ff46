/** Encryption of a connection, the same for the client and the server of EGD. */
package io.virtentropy.backends.egd.tls;

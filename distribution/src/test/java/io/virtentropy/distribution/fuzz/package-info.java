/** Fuzz targets for what strangers may send: documents, and calls over HTTP. */
package io.virtentropy.distribution.fuzz;

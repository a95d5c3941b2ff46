/**
 * Documents as trees with places, read with suspicion and written as libvirt writes them.
 *
 * <p>What is wrong with a document is said by an {@link
 * io.virtentropy.distribution.xml.InvalidXmlException} that names document, line and column.
 */
package io.virtentropy.distribution.xml;

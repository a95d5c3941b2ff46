/** The suite of the specification for JUnit: a class to extend, see {@code DeviceSpecification}. */
package io.virtentropy.conformance.junit;

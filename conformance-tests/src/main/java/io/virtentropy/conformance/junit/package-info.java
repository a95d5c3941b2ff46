/**
 * Suites for JUnit, as classes to extend: the specification for devices ({@code
 * DeviceSpecification}), the contract for sources of entropy ({@code EntropyBackendContract}).
 */
package io.virtentropy.conformance.junit;

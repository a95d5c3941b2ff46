/**
 * Random-number instructions that misbehave, for tests of guests and of emulators: what real
 * processors have done, to be seen again at will. {@link
 * io.virtentropy.rdrandemulation.faults.FaultyNumbers} stands between an emulator and its good
 * numbers and follows a {@link io.virtentropy.rdrandemulation.faults.FaultModel}.
 */
package io.virtentropy.rdrandemulation.faults;

/**
 * The guest's memory as a front-end shares it: regions of files, each with a guest-physical address
 * and an address in the front-end's own space.
 */
package io.virtentropy.vhostuser.memory;

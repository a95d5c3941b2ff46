/**
 * What the saved forms of devices and transports have in common: {@link
 * io.virtentropy.virtio.state.SavedForm}. Not exported.
 */
package io.virtentropy.virtio.state;

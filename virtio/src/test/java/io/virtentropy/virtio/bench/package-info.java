/**
 * What the tests of this module share: memories that watch or mislead, sources that wait or fail, a
 * limiter that can be counted on, and benches on which a queue or a device is set up.
 */
package io.virtentropy.virtio.bench;

package io.virtentropy.virtio.device;

import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.virtio.queue.DescriptorChain;

/** A chain that was taken from the queue and not yet returned. Made once, used again and again. */
final class PendingChain {
  final DescriptorChain chain = new DescriptorChain();

  /** How many bytes it is to get; 0 for a chain without a writable byte. */
  int granted;

  /** How many of them are in guest memory. */
  int delivered;

  /** Whether it may not be returned short. */
  boolean whole;

  /** The request for the rest, in the hands of the source while {@link #submitted}. */
  EntropyRequest request;

  boolean submitted;

  void begin(int grantedBytes, boolean mustBeWhole) {
    granted = grantedBytes;
    delivered = 0;
    whole = mustBeWhole;
  }

  int missing() {
    return granted - delivered;
  }

  /** Whether it can be returned with what it has got. */
  boolean isComplete() {
    return missing() == 0 || (delivered > 0 && !whole);
  }
}

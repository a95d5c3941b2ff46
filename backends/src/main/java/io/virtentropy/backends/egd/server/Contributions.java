package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.Wipe;
import io.virtentropy.backends.egd.protocol.EgdRequestDecoder;
import java.nio.ByteBuffer;

/** Mixes what clients contribute into the sinks of their services. */
final class Contributions {
  private static final int MAX_BYTES = 256;

  private final EgdServer server;
  private final byte[] scratch = new byte[MAX_BYTES];
  private final ByteBuffer view = ByteBuffer.wrap(scratch);

  Contributions(EgdServer server) {
    this.server = server;
  }

  /**
   * Mixes in a contribution that has been received whole.
   *
   * @param failedBefore whether the client's last one could not be, which was told then
   * @return whether it could be
   */
  boolean mix(
      EgdRequestDecoder contribution, EgdService service, EgdPeer peer, boolean failedBefore) {
    int length = contribution.copyData(scratch);
    ByteBuffer bytes = view.clear();
    try {
      int credit =
          service.trusts(peer) ? Math.min(contribution.claimedBits(), Byte.SIZE * length) : 0;
      service.sink().mix(bytes, 0, length, credit);
      server.counters().add(EgdServerCounter.BYTES_CONTRIBUTED, length);
      server.counters().add(EgdServerCounter.BITS_CREDITED, credit);
      return true;
    } catch (EntropySourceException e) {
      server.counters().increment(EgdServerCounter.CONTRIBUTIONS_FAILED);
      if (!failedBefore) {
        server.listener().contributionFailed(peer, e);
      }
      return false;
    } finally {
      Wipe.range(bytes.clear(), 0, length);
    }
  }
}

package io.virtentropy.vhostuser;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.virtio.queue.RingFault;

/**
 * Told of the rare events of a server's life, for a log or a test. Nothing is called per request:
 * that is what the counters of {@link GuestSocket} are for.
 *
 * <p>Called on the thread that polls the server. Must not throw, wait, or call the server.
 */
public interface VhostUserListener {
  /** Ignores everything. */
  VhostUserListener NONE = new VhostUserListener() {};

  /**
   * A front-end has connected.
   *
   * @param guest the socket
   */
  default void connected(GuestSocket guest) {}

  /**
   * A ring was started: the guest's driver is ready. Comes again after each reset by the guest.
   *
   * @param guest the socket
   * @param what front-end and driver settled on
   */
  default void negotiated(GuestSocket guest, Negotiation what) {}

  /**
   * A request was refused, and the front-end told so; the connection goes on.
   *
   * @param guest the socket
   * @param what one sentence
   */
  default void refused(GuestSocket guest, String what) {}

  /**
   * The driver broke its ring, which is served no more until it is started anew.
   *
   * @param guest the socket
   * @param fault what the driver did
   */
  default void ringBroken(GuestSocket guest, RingFault fault) {}

  /**
   * The source failed; the request is made again.
   *
   * @param guest the socket
   * @param failure why
   * @param retryNanos when, from now
   */
  default void sourceFailed(GuestSocket guest, EntropySourceException failure, long retryNanos) {}

  /**
   * A connection ended.
   *
   * @param guest the socket
   * @param why whose doing it was
   */
  default void disconnected(GuestSocket guest, Disconnection why) {}

  /**
   * A front-end can't be reached, or no connection can be taken. Called for the first failure of a
   * row; it is tried again and again.
   *
   * @param guest the socket
   * @param why one sentence
   */
  default void unreachable(GuestSocket guest, String why) {}
}

package io.virtentropy.backends.egd;

/** What an {@link EgdBackend} counts. Each only grows. */
public enum EgdCounter {
  /** Connections made: to a server or, where the source listens, from one. */
  CONNECTIONS,
  /** Attempts to connect that came to nothing: refused, no such socket, no answer in time. */
  FAILED_ATTEMPTS,
  /** Connections ended by the server or by the network, in a good moment or a bad one. */
  LOST_CONNECTIONS,
  /** Connections ended by us because something already asked for was no longer wanted. */
  ABANDONED_EXCHANGES,
  /** Connections ended by us because bytes that were due did not come in time. */
  STALLED_CONNECTIONS,
  /** Connections ended by us because what came was not EGD. */
  PROTOCOL_FAULTS,
  /** Requests that were given all their bytes. */
  REQUESTS_COMPLETED,
  /** Requests that failed because they had waited as long as they may. */
  REQUESTS_EXPIRED,
  /** Requests begun anew on another connection, for what the lost one still owed. */
  REQUESTS_ASKED_AGAIN,
  /** Bytes of requests completed. */
  BYTES_DELIVERED,
  /** Bytes received and destroyed, because nobody was to have them any more. */
  BYTES_DISCARDED
}

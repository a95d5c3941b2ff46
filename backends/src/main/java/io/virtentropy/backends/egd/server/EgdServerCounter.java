package io.virtentropy.backends.egd.server;

/** What a server counts. Every counter starts at 0 with the server and only grows. */
public enum EgdServerCounter {
  /** Connections taken, whoever made them. */
  CONNECTIONS,
  /**
   * Connections that never came to serve: too many, a peer that is not admitted, or one whose TLS
   * handshake failed.
   */
  REFUSED,
  /** Connections that served and ended, for whatever reason. */
  DISCONNECTIONS,
  /**
   * Connections that ended because the peer left its replies unread, or a command or its TLS
   * handshake unfinished.
   */
  TIMED_OUT,
  /** Connections that ended because the peer sent a byte that is no command. */
  MALFORMED,
  /** Commands 0x00, the level. */
  LEVEL_COMMANDS,
  /** Commands 0x01, the read that does not wait. */
  POLL_COMMANDS,
  /** Commands 0x02, the read that waits. */
  READ_COMMANDS,
  /** Commands 0x03, the contribution. */
  WRITE_COMMANDS,
  /** Commands 0x04, the process's number. */
  PID_COMMANDS,
  /** Bytes of entropy given to the peers' sockets, no length bytes among them. */
  BYTES_DELIVERED,
  /** Bytes of entropy drawn for a peer that was gone before they reached its socket, and wiped. */
  BYTES_DESTROYED,
  /** Bytes of contributions that the sink took. */
  BYTES_CONTRIBUTED,
  /** Bits that contributions of trusted peers were credited with. */
  BITS_CREDITED,
  /** Contributions that the sink could not take. */
  CONTRIBUTIONS_FAILED,
  /** Times that a read had to wait for a rate limiter. */
  THROTTLED,
  /** Requests that the source could not serve at once. */
  SOURCE_WAITS,
  /** Failures of a source; the request is made again. */
  SOURCE_FAILURES
}

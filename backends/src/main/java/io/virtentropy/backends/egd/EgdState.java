package io.virtentropy.backends.egd;

/** How an {@link EgdBackend} stands with its server. */
public enum EgdState {
  /** Nothing has been tried yet. */
  NEW,
  /** An attempt to connect is under way. */
  CONNECTING,
  /** Listening for the server to connect. */
  LISTENING,
  /** Connected. */
  CONNECTED,
  /** Waiting for the time of the next attempt. */
  RETRYING,
  /** Closed, for good. */
  CLOSED
}

package io.virtentropy.distribution.daemon;

import java.time.Instant;
import java.util.Objects;

/**
 * Something that happened, as it is told to people and programs.
 *
 * @param sequence 1 for the first of this daemon; a gap means that some were lost on the way
 * @param time when
 * @param kind what
 * @param pool the pool's name; empty where it is about none
 * @param detail more of it in words; may be empty
 */
public record DaemonEvent(long sequence, Instant time, Kind kind, String pool, String detail) {
  /** What can happen. */
  public enum Kind {
    /** A definition was added or replaced. */
    DEFINED,
    /** A definition was removed. */
    UNDEFINED,
    /** A pool serves. */
    STARTED,
    /** A pool serves no longer. */
    STOPPED,
    /** A client was connected. */
    CLIENT_ATTACHED,
    /** A client is gone. */
    CLIENT_DETACHED,
    /** A client has to wait for its class; told once a minute for each. */
    CLIENT_THROTTLED,
    /**
     * A client was not let in, or can't be reached; or clients of an output come and go too fast to
     * tell of each, and this is how many there were.
     */
    CLIENT_TROUBLE,
    /** A source failed, and is asked again after a while. */
    SOURCE_FAILED,
    /** A source was asked and has given nothing for long; there is no other. */
    SOURCE_SLOW,
    /** A source that had failed or was slow works again. */
    SOURCE_RECOVERED,
    /** libvirt is connected, and its domains are known; from now on they are followed. */
    LIBVIRT_CONNECTED,
    /** The connection to libvirt is lost; guests are served as before, and it is tried again. */
    LIBVIRT_LOST,
    /** Something else that an operator should know. */
    TROUBLE;

    /** {@return the word for it: {@code client-attached}} */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * Checks that nothing is null.
   *
   * @param sequence 1 for the first
   * @param time when
   * @param kind what
   * @param pool the pool's name
   * @param detail more of it
   */
  public DaemonEvent {
    Objects.requireNonNull(time, "time");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(pool, "pool");
    Objects.requireNonNull(detail, "detail");
  }
}

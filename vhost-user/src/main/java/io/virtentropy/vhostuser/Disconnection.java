package io.virtentropy.vhostuser;

import java.util.Objects;

/**
 * Why a connection ended.
 *
 * @param cause whose doing it was
 * @param detail one sentence for the log; empty if there is nothing to add
 */
public record Disconnection(Cause cause, String detail) {
  /** Whose doing the end of a connection was. */
  public enum Cause {
    /** The front-end closed the connection, or its process ended. */
    FRONT_END_LEFT,
    /** The front-end sent what it may not send. */
    MALFORMED_MESSAGE,
    /** The front-end leaves its replies unread. */
    REPLIES_UNREAD,
    /** The file of the guest's memory got shorter while it was in use. */
    MEMORY_SHRANK,
    /** The connection broke. */
    SOCKET_FAILED,
    /** The server was closed. */
    SERVER_CLOSED
  }

  /**
   * Checks that nothing is missing.
   *
   * @param cause whose doing it was
   * @param detail one sentence for the log; empty if there is nothing to add
   */
  public Disconnection {
    Objects.requireNonNull(cause, "cause");
    Objects.requireNonNull(detail, "detail");
  }

  /**
   * One line for the log.
   *
   * @return cause and detail in words
   */
  public String describe() {
    String what =
        switch (cause) {
          case FRONT_END_LEFT -> "the front-end left";
          case MALFORMED_MESSAGE -> "malformed message";
          case REPLIES_UNREAD -> "the front-end leaves its replies unread";
          case MEMORY_SHRANK -> "the guest's memory went away";
          case SOCKET_FAILED -> "the connection broke";
          case SERVER_CLOSED -> "the server was closed";
        };
    return detail.isEmpty() ? what : what + ": " + detail;
  }
}

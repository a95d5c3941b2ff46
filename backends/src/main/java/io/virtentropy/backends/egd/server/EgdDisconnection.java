package io.virtentropy.backends.egd.server;

import java.util.Objects;

/**
 * Why a connection ended.
 *
 * @param cause whose doing it was
 * @param detail one sentence for the log; empty if there is nothing to add
 */
public record EgdDisconnection(Cause cause, String detail) {
  /** Whose doing the end of a connection was. */
  public enum Cause {
    /** The peer closed the connection between two commands, and had everything it asked for. */
    PEER_LEFT,
    /** The peer closed the connection inside a command, which was dropped. */
    TRUNCATED_COMMAND,
    /** The peer sent a byte that is no command. */
    UNKNOWN_COMMAND,
    /** The peer left its replies unread for too long. */
    REPLIES_UNREAD,
    /** The peer began a command and did not finish it in time. */
    COMMAND_UNFINISHED,
    /** The connection broke, or its encryption failed. */
    CHANNEL_FAILED,
    /** The server was closed. */
    SERVER_CLOSED
  }

  /**
   * Checks that nothing is missing.
   *
   * @param cause whose doing it was
   * @param detail one sentence for the log; empty if there is nothing to add
   */
  public EgdDisconnection {
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
          case PEER_LEFT -> "the client left";
          case TRUNCATED_COMMAND -> "the client left inside a command";
          case UNKNOWN_COMMAND -> "the client sent no command of EGD's";
          case REPLIES_UNREAD -> "the client leaves its replies unread";
          case COMMAND_UNFINISHED -> "the client did not finish a command";
          case CHANNEL_FAILED -> "the connection broke";
          case SERVER_CLOSED -> "the server was closed";
        };
    return detail.isEmpty() ? what : what + ": " + detail;
  }
}

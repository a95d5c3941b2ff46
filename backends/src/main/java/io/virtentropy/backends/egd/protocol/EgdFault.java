package io.virtentropy.backends.egd.protocol;

/**
 * What is wrong with a stream of EGD: one record per cause. A stream that has met one has lost its
 * place and is of no further use; the connection is closed. No contents are in it.
 */
public sealed interface EgdFault {
  /**
   * One clause for a log, such as {@code "unknown command 0x93"}.
   *
   * @return what is wrong, with its numbers
   */
  String describe();

  /**
   * A client sent a byte that is no command. Servers in use close the connection and ignore what
   * follows; the few that skip the byte take data for commands from then on.
   *
   * @param code 5 to 255
   */
  record UnknownCommand(int code) implements EgdFault {
    @Override
    public String describe() {
      return String.format("unknown command 0x%02x; 0x00 to 0x04 is accepted", code);
    }
  }

  /**
   * A client's stream ended inside a command. The command has no effect; a write that is cut short
   * adds nothing to the pool.
   *
   * @param command the command
   * @param bytes how many bytes of it had arrived, its first included
   */
  record TruncatedCommand(EgdCommand command, int bytes) implements EgdFault {
    @Override
    public String describe() {
      return "the stream ended " + bytes + " bytes into a command " + command;
    }
  }

  /**
   * A server's stream ended while replies were owed.
   *
   * @param command what the first unfinished reply answers
   * @param bytes how many bytes of that reply had arrived
   */
  record TruncatedReply(EgdCommand command, int bytes) implements EgdFault {
    @Override
    public String describe() {
      return "the stream ended " + bytes + " bytes into the reply to a command " + command;
    }
  }

  /**
   * A server announced more bytes than the non-blocking read asked for.
   *
   * @param announced what it announced
   * @param asked what it was asked for
   */
  record ReplyTooLong(int announced, int asked) implements EgdFault {
    @Override
    public String describe() {
      return "a reply of " + announced + " bytes to a read of " + asked;
    }
  }

  /**
   * A server announced more letters than any process number has.
   *
   * @param announced what it announced
   */
  record PidTooLong(int announced) implements EgdFault {
    @Override
    public String describe() {
      return "a process number of "
          + announced
          + " letters; "
          + EgdLayout.MAX_PID_TOLERATED
          + " are accepted";
    }
  }

  /**
   * A server sent bytes that nothing had asked for.
   *
   * @param bytes how many were seen, 1 or more
   */
  record Unsolicited(int bytes) implements EgdFault {
    @Override
    public String describe() {
      return bytes + " bytes that nothing asked for";
    }
  }
}

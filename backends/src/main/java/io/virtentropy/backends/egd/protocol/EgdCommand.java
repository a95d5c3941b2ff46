package io.virtentropy.backends.egd.protocol;

/** The five commands of EGD. */
public enum EgdCommand {
  /** How many bits are in the pool. */
  LEVEL(EgdLayout.LEVEL),
  /** Bytes, as many as can be had now. */
  NON_BLOCKING_READ(EgdLayout.NON_BLOCKING_READ),
  /** Bytes, all of them, after whatever time it takes. */
  BLOCKING_READ(EgdLayout.BLOCKING_READ),
  /** Bytes for the pool. */
  WRITE(EgdLayout.WRITE),
  /** The server's process number. */
  PID(EgdLayout.PID);

  private final int code;

  EgdCommand(int code) {
    this.code = code;
  }

  /**
   * The command's byte.
   *
   * @return 0 to 4
   */
  public int code() {
    return code;
  }
}

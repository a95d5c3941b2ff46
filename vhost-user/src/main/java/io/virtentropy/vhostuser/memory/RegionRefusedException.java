package io.virtentropy.vhostuser.memory;

/** A region can't be added or removed; nothing has changed. The text is for the log. */
public final class RegionRefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  RegionRefusedException(String message) {
    super(message, null, false, false);
  }
}

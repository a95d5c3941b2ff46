package io.virtentropy.vhostuser.linux;

/** A message brought more descriptors than it may, or than this process may have open. */
public final class DescriptorsLostException extends Exception {
  private static final long serialVersionUID = 1L;

  DescriptorsLostException(int received) {
    super(
        "descriptors were cut off after "
            + received
            + ": the message has too many, or this process may open no more files",
        null,
        false,
        false);
  }
}

package io.virtentropy.backends;

/**
 * Makes a kind of source known by name. Third parties register theirs with the service loader and
 * it can be named wherever a source is named, such as {@code dice:/dev/ttyUSB0}.
 */
public interface EntropyBackendProvider {
  /**
   * The name before the colon.
   *
   * @return lower-case letters, digits and hyphens
   */
  String name();

  /**
   * How the source is written, for error messages and help.
   *
   * @return for example {@code random:FILE}
   */
  String usage();

  /**
   * Says whether the source gives predictable bytes and so serves tests only. Such a source is
   * refused unless the caller says that it tests.
   *
   * @return true for a test source; false unless overridden
   */
  default boolean testOnly() {
    return false;
  }

  /**
   * Opens a source.
   *
   * @param argument what follows the colon; empty if there was no colon
   * @return the open source
   * @throws EntropySourceException with one clear sentence if the argument or the source is no good
   */
  EntropyBackend open(String argument);
}

package io.virtentropy.backends;

/**
 * Makes a kind of source known by name. Third parties register theirs with the service loader and
 * it can be named wherever a source is named, such as {@code dice:/dev/ttyUSB0}, alone or inside
 * others.
 *
 * <p>A provider overrides one of the two {@code open} methods: the first for a source that an
 * argument names, the second for one that stands on other sources or has settings.
 */
public interface EntropyBackendProvider {
  /**
   * The name of this kind of source.
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
   * Opens a source that is named by an argument alone.
   *
   * @param argument what follows the colon; empty if there was no colon
   * @return the open source
   * @throws EntropySourceException with one clear sentence if the argument or the source is no good
   */
  default EntropyBackend open(String argument) {
    throw new EntropySourceException(
        EntropySourceException.Reason.UNSUITABLE,
        name() + " needs more than an argument; " + usage() + " is accepted");
  }

  /**
   * Opens a source. To be overridden by providers of sources that stand on others or have settings;
   * the rest is asked for by its argument.
   *
   * @param spec the whole form: argument, sources and settings
   * @param opener opens the sources in it
   * @return the open source, which closes those it stands on when it is closed
   * @throws EntropySourceException with one clear sentence if anything in the form is no good
   */
  default EntropyBackend open(SourceSpec spec, SourceOpener opener) {
    if (!spec.sources().isEmpty() || !spec.settings().isEmpty()) {
      throw new EntropySourceException(
          EntropySourceException.Reason.UNSUITABLE,
          name() + " takes nothing in parentheses, but was given '" + spec + "'");
    }
    return open(spec.argument());
  }
}

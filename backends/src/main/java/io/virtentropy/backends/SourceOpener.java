package io.virtentropy.backends;

/**
 * Opens, for a provider, the sources that stand in its source's parentheses. Good for one opening,
 * on the thread of that opening; when it fails, what was opened through this is closed.
 */
public interface SourceOpener {
  /**
   * Opens a source. One that claims to be raw noise comes with health tests around it.
   *
   * @param spec its form
   * @return the open source, the provider's source's to close
   * @throws EntropySourceException with one clear sentence if it can't be opened; to be let through
   */
  EntropyBackend open(SourceSpec spec);

  /**
   * Opens a source as it is, for somebody who tests noise himself.
   *
   * @param spec its form
   * @return the open source, the provider's source's to close
   * @throws EntropySourceException with one clear sentence if it can't be opened; to be let through
   */
  EntropyBackend openUntested(SourceSpec spec);
}

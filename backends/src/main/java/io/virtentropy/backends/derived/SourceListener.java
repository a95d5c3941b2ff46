package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropySourceException;
import java.lang.System.Logger.Level;

/**
 * Told when one of the sources that another stands on fails or comes back. Called by whichever
 * thread notices; must be quick and must not call the source.
 */
public interface SourceListener {
  /**
   * A source that worked has failed.
   *
   * @param source its string form
   * @param cause why
   * @param retryNanos how long it is left alone, in nanoseconds
   */
  void sourceFailed(String source, EntropySourceException cause, long retryNanos);

  /**
   * A source that had failed works again.
   *
   * @param source its string form
   */
  void sourceReturned(String source);

  /**
   * A source that works was asked, and has given nothing for so long that it should have. Told
   * where there is no other to ask; {@link #sourceReturned} follows when it answers.
   *
   * @param source its string form
   * @param nanos how long ago it was asked
   */
  default void sourceSlow(String source, long nanos) {}

  /**
   * Writes these to the log of the platform, under the name of this interface.
   *
   * @return the listener used unless another is set
   */
  static SourceListener logging() {
    System.Logger log = System.getLogger(SourceListener.class.getName());
    return new SourceListener() {
      @Override
      public void sourceFailed(String source, EntropySourceException cause, long retryNanos) {
        log.log(
            Level.WARNING,
            "{0} has failed, to be tried again in {1} ms: {2}",
            source,
            retryNanos / 1_000_000,
            cause.getMessage());
      }

      @Override
      public void sourceSlow(String source, long nanos) {
        log.log(Level.WARNING, "{0} has given nothing for {1} ms", source, nanos / 1_000_000);
      }

      @Override
      public void sourceReturned(String source) {
        log.log(Level.INFO, "{0} works again", source);
      }
    };
  }
}

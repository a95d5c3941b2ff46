/**
 * Sources of entropy: the interface a source implements, and the ready sources.
 *
 * <p>Needs nothing but the JDK and {@code io.virtentropy.ratelimit} at run time.
 */
module io.virtentropy.backends {
  requires transitive io.virtentropy.ratelimit;

  exports io.virtentropy.backends;

  uses io.virtentropy.backends.EntropyBackendProvider;

  provides io.virtentropy.backends.EntropyBackendProvider with
      io.virtentropy.backends.BuiltinBackend.Provider,
      io.virtentropy.backends.RandomBackend.Provider,
      io.virtentropy.backends.CounterBackend.Provider;
}

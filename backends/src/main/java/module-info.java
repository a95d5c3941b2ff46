/**
 * Sources of entropy: the interface a source implements, and the ready sources.
 *
 * <p>Needs nothing but the JDK and {@code io.virtentropy.ratelimit} at run time, as long as no
 * class of {@code io.virtentropy.backends.egd} is used; those need {@code io.netty.buffer} too.
 */
module io.virtentropy.backends {
  requires static io.netty.buffer;
  requires transitive io.virtentropy.ratelimit;
  requires jdk.net;
  requires static jdk.jfr;

  exports io.virtentropy.backends;
  exports io.virtentropy.backends.derived;
  exports io.virtentropy.backends.egd;
  exports io.virtentropy.backends.egd.protocol;
  exports io.virtentropy.backends.egd.server;
  exports io.virtentropy.backends.health;

  uses io.virtentropy.backends.EntropyBackendProvider;

  provides io.virtentropy.backends.EntropyBackendProvider with
      io.virtentropy.backends.BuiltinBackend.Provider,
      io.virtentropy.backends.RandomBackend.Provider,
      io.virtentropy.backends.CounterBackend.Provider,
      io.virtentropy.backends.FixedBackend.Provider,
      io.virtentropy.backends.derived.DrbgBackend.Provider,
      io.virtentropy.backends.derived.MixBackend.Provider,
      io.virtentropy.backends.derived.FailoverBackend.Provider,
      io.virtentropy.backends.derived.HealthBackend.Provider,
      io.virtentropy.backends.egd.EgdProvider;
}

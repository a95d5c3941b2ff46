/** A source of somebody else's, made known by name to every program that opens sources by name. */
module io.virtentropy.examples.hexsource {
  requires io.virtentropy.backends;

  provides io.virtentropy.backends.EntropyBackendProvider with
      io.virtentropy.examples.hexsource.HexSourceProvider;
}

package io.virtentropy.backends;

/** Run beside the tests, where Netty is not. */
final class WithoutNetty {
  private WithoutNetty() {}

  /** Opens a source of each kind, and prints what becomes of it. */
  public static void main(String[] arguments) {
    for (String spec : arguments) {
      try (EntropyBackend source = EntropyBackends.open(spec)) {
        System.out.println("opened " + source);
      } catch (EntropySourceException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}

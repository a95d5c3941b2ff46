package io.virtentropy.vhostuser;

/**
 * What an event is about, packed into the word that the kernel gives back with it.
 *
 * <pre>
 *   63        32 31      8 7    0
 *    generation   endpoint  kind
 * </pre>
 */
final class Token {
  static final int WAKE = 0;
  static final int LISTENER = 1;
  static final int CONNECTION = 2;
  static final int KICK = 3;

  /** The most endpoints that can be told apart. */
  static final int MOST_ENDPOINTS = 1 << 24;

  private Token() {}

  static long wake() {
    return WAKE;
  }

  static long listener(int endpoint) {
    return pack(LISTENER, endpoint, 0);
  }

  static long connection(int endpoint, int generation) {
    return pack(CONNECTION, endpoint, generation);
  }

  static long kick(int endpoint, int generation) {
    return pack(KICK, endpoint, generation);
  }

  private static long pack(int kind, int endpoint, int generation) {
    return (long) generation << 32 | (long) endpoint << 8 | kind;
  }

  static int kind(long token) {
    return (int) token & 0xff;
  }

  static int endpoint(long token) {
    return (int) token >>> 8;
  }

  static int generation(long token) {
    return (int) (token >>> 32);
  }
}

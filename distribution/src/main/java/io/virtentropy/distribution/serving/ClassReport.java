package io.virtentropy.distribution.serving;

import io.virtentropy.ratelimit.htb.ClassSnapshot;
import java.util.OptionalLong;

/**
 * How one class is.
 *
 * @param name its name; {@code source} for the whole pool
 * @param path the names from the pool to the class, joined by {@code /}
 * @param granted bytes its clients were granted since the pool was started
 * @param lent bytes of these that it lent to clients beyond their guarantee
 * @param rateTokens bytes it may give now by its rate; negative for a debt; absent without a rate
 * @param peakTokens the same by its peak
 * @param throttledNanos how long, in all, somebody waited for this very class
 */
public record ClassReport(
    String name,
    String path,
    long granted,
    long lent,
    OptionalLong rateTokens,
    OptionalLong peakTokens,
    long throttledNanos) {

  static ClassReport of(ClassSnapshot snapshot) {
    String path = snapshot.path();
    return new ClassReport(
        path.substring(path.lastIndexOf('/') + 1),
        path,
        snapshot.granted(),
        snapshot.lent(),
        snapshot.rateTokens(),
        snapshot.peakTokens(),
        snapshot.throttledNanos());
  }
}

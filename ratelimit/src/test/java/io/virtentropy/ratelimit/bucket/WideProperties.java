package io.virtentropy.ratelimit.bucket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

@Label("128-bit division")
final class WideProperties {
  @Property(tries = 20_000)
  @Label("should give what BigInteger gives")
  void divides(
      @ForAll("words") long hiSeed, @ForAll("words") long lo, @ForAll("words") long divisorSeed) {
    long divisor = Math.max(1, divisorSeed & Long.MAX_VALUE);
    long hi = (hiSeed & Long.MAX_VALUE) % divisor;
    assertEquals(
        Wide.toBigInteger(hi, lo).divide(BigInteger.valueOf(divisor)),
        Wide.toBigInteger(0, Wide.divide(hi, lo, divisor)));
  }

  @Property
  @Label("should be right just below and at each multiple of the divisor")
  void exactAtEdges(
      @ForAll @LongRange(min = 2) long divisor, @ForAll @From("words") long quotient) {
    BigInteger product =
        BigInteger.valueOf(divisor).multiply(Wide.toBigInteger(0, quotient)).max(BigInteger.ONE);
    for (BigInteger n : new BigInteger[] {product, product.subtract(BigInteger.ONE)}) {
      assertEquals(
          n.divide(BigInteger.valueOf(divisor)).longValue(),
          Wide.divide(n.shiftRight(64).longValue(), n.longValue(), divisor));
    }
  }

  /** Numbers of every size, and those around powers of two, where carries are lost. */
  @Provide
  Arbitrary<Long> words() {
    return Arbitraries.oneOf(
        Arbitraries.longs(),
        Arbitraries.integers()
            .between(0, 63)
            .flatMap(bit -> Arbitraries.longs().between(-2, 2).map(d -> (1L << bit) + d)));
  }
}

package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.TokenBucket;
import java.util.Optional;

/**
 * Numbers to start with, each with its reason. A Linux guest asks for 64 bytes at a time and keeps
 * one request pending, so a few hundred bytes seed it; what more it takes is programs reading
 * {@code /dev/hwrng}.
 */
@SuppressWarnings("ImmutableEnumChecker") // a Rate is a record of three numbers
public enum Profile {
  /**
   * One guest on a desktop or laptop whose host has a generator of its own.
   *
   * <p>1 KiB/s is libvirt's customary rate and 16 times what a guest takes to stay seeded. A burst
   * of 4 KiB answers everything that a booting guest asks for without a pause.
   */
  DESKTOP_GUEST(
      "a guest stays seeded on 64 bytes now and then; 4 KiB at once cover its boot",
      Rate.perSecond(1024).withBurst(4096),
      Rate.perSecond(16_384).withBurst(4096),
      0,
      64),

  /**
   * Many small guests on one slow hardware source, of some kilobytes a second in all (an Entropy
   * Key gives 2 to 4 KB/s).
   *
   * <p>64 bytes/s let 32 guests live on 2 KiB/s; a burst of 256 bytes is four requests, so one
   * guest can't empty the source for the others. Give the tree's root the source's own rate and the
   * tree a grain of 64, so that what trickles in is dealt out by whole requests.
   */
  GUEST_ON_SLOW_SOURCE(
      "32 guests share the 2 KiB/s of a hardware source; four requests at once",
      Rate.perSecond(64).withBurst(256),
      Rate.perSecond(256).withBurst(128),
      0,
      64),

  /**
   * A build farm's worker: hundreds of short-lived processes that each make keys, and nobody harmed
   * by a busy neighbour since the source is a fast generator.
   *
   * <p>1 MiB/s is the most that the 64-byte round trips of a Linux guest bring without tuning; a
   * quarter of a second of it may come at once. The limit is there to stop a runaway reader, not to
   * be felt.
   */
  BUILD_FARM(
      "a limit that stops a runaway reader of /dev/hwrng and is not felt otherwise",
      Rate.perSecond(1 << 20).withBurst(1 << 18),
      Rate.perSecond(4 << 20).withBurst(1 << 18),
      0,
      65_536),

  /**
   * A guest whose first boot makes host keys, certificates and machine identities, and which is
   * quiet after that.
   *
   * <p>64 KiB come once, as fast as they are read, which covers the keys of any distribution's
   * first boot; afterwards 512 bytes/s. A restored snapshot doesn't get the 64 KiB again.
   */
  FIRST_BOOT_BURST(
      "64 KiB once for the keys that a first boot makes, and little afterwards",
      Rate.perSecond(512).withBurst(1024),
      Rate.perSecond(4096).withBurst(1024),
      65_536,
      64),

  /**
   * What users of libvirt write who copy the manual's example: 1024 bytes per 1000 ms.
   *
   * <p>For machines whose limit must not change when they move here; as a quota it is {@link
   * #quota}.
   */
  LIBVIRT_EXAMPLE(
      "the limit that is found in most domain definitions",
      Rate.of(new Quota(1024, 1000)),
      null,
      0,
      102);

  private final String reason;
  private final Rate rate;
  private final Rate peak;
  private final long oneTimeBurst;
  private final long quantum;

  Profile(String reason, Rate rate, Rate peak, long oneTimeBurst, long quantum) {
    this.reason = reason;
    this.rate = rate;
    this.peak = peak;
    this.oneTimeBurst = oneTimeBurst;
    this.quantum = quantum;
  }

  /** {@return the reason for the numbers, in one line} */
  public String reason() {
    return reason;
  }

  /** {@return the sustained rate in bytes, with its burst} */
  public Rate rate() {
    return rate;
  }

  /** {@return the peak rate in bytes, with its burst; empty for none} */
  public Optional<Rate> peak() {
    return Optional.ofNullable(peak);
  }

  /** {@return bytes that are granted once, besides; 0 for none} */
  public long oneTimeBurst() {
    return oneTimeBurst;
  }

  /**
   * The nearest quota, for consumers that need QEMU's windows.
   *
   * @return a second's bytes per second
   */
  public Quota quota() {
    return new Quota(rate.tokens(), rate.periodNanos() / 1_000_000);
  }

  /**
   * A limiter for one guest by itself. It has no peak rate; the burst bounds it.
   *
   * @param clock where time comes from
   * @return a new token bucket
   */
  public TokenBucket newLimiter(NanoClock clock) {
    return TokenBucket.builder(clock).bytes(rate).oneTimeBurst(oneTimeBurst).build();
  }

  /**
   * The parameters of a leaf for one guest among others. A leaf has no one-time burst.
   *
   * @return limits of the best priority
   */
  public ClassLimits leafLimits() {
    return new ClassLimits(rate, peak, 0, quantum);
  }
}

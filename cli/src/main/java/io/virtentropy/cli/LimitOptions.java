package io.virtentropy.cli;

import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.ratelimit.RateLimiter;
import picocli.CommandLine.Option;

/** How fast entropy flows. */
final class LimitOptions {
  @Option(
      names = {"-m", "--max-bytes"},
      paramLabel = "BYTES",
      description =
          "The most bytes that all guests together get per period, divided equally among the"
              + " sockets. Unlimited unless given.")
  private String maxBytes;

  @Option(
      names = {"-p", "--period"},
      paramLabel = "MS",
      description = "The period in milliseconds; ${DEFAULT-VALUE} unless given.",
      defaultValue = "65536")
  private String period;

  /** The share of one of several guests. */
  Quota share(int guests) {
    Quota all;
    try {
      all = Quota.parse(maxBytes, period);
    } catch (IllegalArgumentException e) {
      throw new UnusableException(e.getMessage(), e);
    }
    if (maxBytes == null) {
      return all;
    }
    if (all.maxBytes() < guests) {
      throw new UnusableException(
          "--max-bytes "
              + maxBytes
              + " divided among "
              + guests
              + " sockets leaves nothing for each; at least "
              + guests
              + " is accepted",
          null);
    }
    return new Quota(all.maxBytes() / guests, all.periodMillis());
  }

  boolean isLimited() {
    return maxBytes != null;
  }

  RateLimiter limiter(Quota share, NanoClock clock) {
    return isLimited() ? new QuotaWindow(share, clock) : RateLimiter.unlimited();
  }
}

/** Rate limits for entropy: quota windows and token buckets, with no dependency at all. */
module io.virtentropy.ratelimit {
  exports io.virtentropy.ratelimit;
  exports io.virtentropy.ratelimit.htb;
}

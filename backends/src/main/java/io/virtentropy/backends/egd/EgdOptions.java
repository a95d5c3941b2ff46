package io.virtentropy.backends.egd;

/**
 * How a source asks, as numbers: nanoseconds, and commands.
 *
 * @param window commands of up to 255 bytes that may be under way
 * @param connectTimeout for one attempt, 1 or more
 * @param replyTimeout without a byte that is due, after which the link is given up; 0: never
 * @param requestTimeout after which a request fails; 0: never
 * @param firstRetry the delay before the second attempt
 * @param lastRetry the longest delay
 * @param qemuCompatible whether to do what QEMU does, and nothing it does not
 */
record EgdOptions(
    int window,
    long connectTimeout,
    long replyTimeout,
    long requestTimeout,
    long firstRetry,
    long lastRetry,
    boolean qemuCompatible) {}

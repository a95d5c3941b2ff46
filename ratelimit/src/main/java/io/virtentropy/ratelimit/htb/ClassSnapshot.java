package io.virtentropy.ratelimit.htb;

import java.util.OptionalLong;

/**
 * What an operator may want to know of one class at one instant.
 *
 * @param path the names from the root to the class, joined by {@code /}
 * @param leaf whether consumers draw on it
 * @param mode what its own tokens allow
 * @param rateTokens bytes in the bucket of the sustained rate, rounded down, negative for a debt;
 *     empty if there is no such bucket
 * @param peakTokens the same for the peak rate
 * @param granted bytes granted to consumers below it, less refunds, since it was added; stays at
 *     2<sup>63</sup>-1
 * @param borrowed bytes of these that an ancestor lent; of a leaf only
 * @param lent bytes that it lent to leaves below it
 * @param reserved bytes set aside for a leaf that waited and has not come back yet
 * @param waiting whether it is a leaf that was refused, in whole or in part, and has not come back,
 *     or has such leaves below it that only it or its ancestors hold up
 * @param throttledNanos how long, in all, somebody has waited for this very class to get tokens;
 *     the class with the greatest growth is the bottleneck
 */
public record ClassSnapshot(
    String path,
    boolean leaf,
    Mode mode,
    OptionalLong rateTokens,
    OptionalLong peakTokens,
    long granted,
    long borrowed,
    long lent,
    long reserved,
    boolean waiting,
    long throttledNanos) {}

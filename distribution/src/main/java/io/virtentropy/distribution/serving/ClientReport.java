package io.virtentropy.distribution.serving;

/**
 * How one client is.
 *
 * @param name a guest and its device, or where the client connected
 * @param className the class it draws on
 * @param guest whether it is a device of a guest, which has its name for as long as it is served;
 *     others are clients as long as their connections last, with names that nobody has again
 * @param connected whether it is connected now
 * @param delivered bytes of entropy it was given, over all of its connections
 * @param owed bytes it has asked for and not been given
 * @param throttledNanos how long, in all, its class had it wait
 */
public record ClientReport(
    String name,
    String className,
    boolean guest,
    boolean connected,
    long delivered,
    long owed,
    long throttledNanos) {}

/**
 * Rate limits as a tree of classes that share one source: a hierarchical token bucket, under two
 * policies.
 *
 * <pre>
 *                        root: the source, 16 KiB/s
 *                       /                          \
 *          tenant A: 8 KiB/s                    tenant B: 4 KiB/s, peak 16 KiB/s
 *          /          \                          /          \
 *      guest 1      guest 2                  guest 3      guest 4
 *      1 KiB/s      1 KiB/s                  2 KiB/s      2 KiB/s
 * </pre>
 *
 * <p>Under {@link io.virtentropy.ratelimit.htb.Policy#PATH} every class is an upper bound: guest 1
 * gets a byte when guest 1, tenant A and the source each have a token for it. Under {@link
 * io.virtentropy.ratelimit.htb.Policy#BORROW} a sustained rate is what a class is sure to get, and
 * beyond it, up to its peak rate, its ancestors lend what nobody else takes.
 *
 * <h2>The algorithm</h2>
 *
 * <p>A class has two buckets and, by what is in them, a {@link io.virtentropy.ratelimit.htb.Mode}.
 * Only waiting leaves cost anything: a class offers its parent what kinds of waiting leaves below
 * it could be served, as a set of at most 72 keys, and has one queue of children for every key that
 * some child offers. The root's lowest key, followed down through the heads of the queues, leads to
 * the leaf whose turn it is.
 *
 * <pre>
 *   root      offers {0.1}                      key = level of the lender . priority
 *    |  queue 0.1: tenant A -&gt; tenant B         deficit round robin by quantum
 *    |
 *    +- tenant A  offers {0.1}
 *    |   |  queue 0.1: guest 2                  guest 2 waits, has tokens: funded by itself
 *    |   +- guest 1                             waits without tokens: asleep, offers nothing
 *    |   +- guest 2   offers {0.1}
 *    |
 *    +- tenant B  offers {0.1}                  ...
 *
 *   wake-ups: [guest 1 at t+3 ms, ...]          a heap of throttled classes somebody waits for
 * </pre>
 *
 * <p>Tokens only ever grow until something is granted, so the instant at which a closed class opens
 * is known when it closes; it goes into a heap then and changes its offer at that instant. A grant
 * changes the classes on its path alone. So a decision costs a walk along one path and changes in
 * heaps, which grow with the logarithm of the number of leaves.
 *
 * <p>The queues are deficit round robin, with one addition: a class that leaves a queue keeps its
 * place in the order, by when its last turn ended. A class that borrows leaves the queue of those
 * who borrow whenever it has tokens of its own again, and a class with a large guarantee does so
 * many times in a round; put at the end each time, it would never come to its turn.
 *
 * <p>Under BORROW a leaf that has spent its sustained rate offers itself as <em>unfunded</em>; the
 * first ancestor that can send turns that into an offer funded at its own level, and is the lender.
 * Lower levels come first: a leaf within its guarantee, then one that borrows nearby, then one that
 * borrows from afar; among these the priority decides, then whose turn it is. All classes on the
 * path pay the grant at their peak rate, and those from the lender upwards at their sustained rate,
 * where they may run into debt, of at most a minute.
 *
 * <h2>Waiting</h2>
 *
 * <p>Nobody is called back. A leaf that got less than it wanted is remembered with what it wants,
 * up to 16 quanta of it, and whoever asks next, the tree first serves those whose turn comes
 * before, setting bytes aside for them. A consumer that never comes back thus costs the others
 * these bytes, once, and doesn't hold them up; one that comes late gets them, as far as its own
 * buckets still allow. A class above leaves may for that reason deliver more in an instant than its
 * burst, by what was set aside before; what it charges stays within its rates in every interval.
 *
 * <p>What is remembered also bounds shares: a leaf that comes back after longer than 16 quanta's
 * time, or whose quantum is tiny beside its siblings' bursts, gets less than its share for that
 * while. The default quantum is a tenth of a second's bytes.
 *
 * <h2>Invariants</h2>
 *
 * <p>Held over generated trees and demands, and against a model in numbers without end that looks
 * at every leaf each time: what a class grants is the sum of what its children grant; a refusal
 * takes nothing; every class keeps within its rates; backlogged siblings share in proportion to
 * their quanta; a better leaf is never passed over; if somebody can be served somebody is named;
 * announced instants are exact; what is borrowed is lent; an idle class changes nothing.
 */
package io.virtentropy.ratelimit.htb;

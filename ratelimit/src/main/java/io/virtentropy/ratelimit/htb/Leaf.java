package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.state.StateLayout;
import io.virtentropy.ratelimit.state.StateReader;
import io.virtentropy.ratelimit.state.StateWriter;
import java.util.Arrays;

/**
 * A class on which one consumer draws: the limiter to give to a device.
 *
 * <p>{@link #acquireUpTo} grants at once what the policy allows, as long as nobody else is owed a
 * turn. A leaf that gets less than it wants is remembered as waiting. Whoever asks next, tokens go
 * to the waiting leaves in their order first, and are set aside for them until they come back; that
 * a leaf comes back late, or not at all, costs others at most what was once set aside for it. While
 * others wait too, a grant is one turn: {@link ClassLimits#quantum} bytes, or the rest of them.
 *
 * <p>Waits are exact as long as nobody else takes tokens; they reckon with what the class and its
 * ancestors have and not with who else waits.
 */
public final class Leaf extends HtbClass implements RateLimiter {
  /** What a waiting leaf is remembered for, at most, in turns; bounds the work of a call. */
  static final int REMEMBERED_TURNS = 16;

  private final Turn fundedTurn;
  private final Turn unfundedTurn;

  /** Place in the tree's list of leaves that are expected to fetch something. */
  final Turn reservedTurn;

  /** Bytes waited for; 0 while not waiting. */
  long demand;

  /** The fewest bytes that the last ask had a use for, as far as they can ever be had at once. */
  long least = 1;

  /** Bytes set aside, by the depth of the lender. */
  final long[] reservedFrom;

  long reserved;

  /** The last grant, by the depth of the lender, as far as it may yet be refunded. */
  final long[] lastFrom;

  Leaf(Scheduler scheduler, InnerClass parent, String name, long id, ClassLimits limits, long now) {
    super(scheduler, parent, name, id, true, limits, now);
    fundedTurn = new Turn(this);
    unfundedTurn = new Turn(this);
    reservedTurn = new Turn(this);
    reservedFrom = new long[depth + 1];
    lastFrom = new long[depth + 1];
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the leaf has been removed from its tree
   */
  @Override
  public long acquireUpTo(long wanted) {
    return scheduler.acquire(this, 1, wanted);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Turns that bring fewer are not lost: while others wait too, what the leaf is given is set
   * aside for it until there is enough. So quanta may be smaller than {@code least}, and shares
   * stay in proportion to them. A tree's grain of {@code least} spares the calls in between.
   *
   * @throws IllegalStateException if the leaf has been removed from its tree
   */
  @Override
  public long acquireAtLeast(long least, long wanted) {
    return scheduler.acquire(this, least, wanted);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Under {@link Policy#BORROW} they return to those who lent them, as far as they are of the
   * last grant.
   *
   * @throws IllegalStateException if the leaf has been removed from its tree
   */
  @Override
  public void refund(long bytes) {
    scheduler.refund(this, bytes);
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the leaf has been removed from its tree
   */
  @Override
  public long nanosUntil(long bytes) {
    return scheduler.nanosUntil(this, bytes);
  }

  /**
   * Stops waiting and gives back what was set aside: for a consumer that was reset or has lost
   * interest. Without it, others may miss these bytes until it asks again.
   */
  @Override
  public void withdraw() {
    scheduler.withdraw(this);
  }

  /**
   * Whether the leaf got less than it wanted and has not come back.
   *
   * @return whether it is remembered as waiting
   */
  public boolean isWaiting() {
    return demand > 0;
  }

  /**
   * Saves the tokens of this leaf. Those of its ancestors belong to the tree, which saves them with
   * {@link HierarchicalTokenBucket#saveState}. Waiting is not saved: a restored consumer asks
   * again.
   */
  @Override
  public byte[] saveState() {
    refresh(scheduler.advance());
    StateWriter writer = new StateWriter(StateLayout.HTB_LEAF);
    TreeState.saveTokens(writer, this);
    return writer.number(reservedFrom[depth]).number(reserved).toByteArray();
  }

  @Override
  public void restoreState(byte[] state) {
    StateReader reader = new StateReader(state, StateLayout.HTB_LEAF);
    TreeState.Tokens tokens = TreeState.readTokens(reader, this, scheduler.advance());
    long reservedOfOwn = reader.number("own part of what is set aside", 0, Long.MAX_VALUE);
    long reservedOfAll = reader.number("what is set aside", reservedOfOwn, Long.MAX_VALUE);
    reader.end();
    scheduler.restoreLeaf(
        this,
        () -> {
          tokens.apply(this);
          put(reservedOfOwn, reservedOfAll);
        });
  }

  void forgetGrant() {
    Arrays.fill(lastFrom, 0);
  }

  /** Whether something was set aside since the leaf came last. */
  boolean isExpected() {
    return reservedTurn.index != Turn.ABSENT;
  }

  /** What is remembered of a demand. */
  long remembered(long wanted) {
    long quantum = limits.quantum();
    long most =
        quantum > Long.MAX_VALUE / REMEMBERED_TURNS ? Long.MAX_VALUE : quantum * REMEMBERED_TURNS;
    return Math.min(wanted, most);
  }

  @Override
  boolean isActive() {
    return demand > 0;
  }

  @Override
  long fundedBelow() {
    return 0;
  }

  @Override
  int unfundedBelow() {
    return demand > 0 ? 1 << limits.priority() : 0;
  }

  @Override
  Turn turn(int key) {
    return key < Offer.FUNDED_KEYS ? fundedTurn : unfundedTurn;
  }

  @Override
  long reserved() {
    return reserved;
  }
}

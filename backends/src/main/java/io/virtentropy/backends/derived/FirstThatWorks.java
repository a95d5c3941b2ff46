package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropySourceException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** The choice of {@link FailoverBackend}. */
final class FirstThatWorks implements Derivation {
  /** What a source that may have come back is asked for, in bytes. */
  private static final int PROBE = 32;

  private final Member[] members;
  private final byte[] probe = new byte[PROBE];
  private final ByteBuffer probeBuffer = ByteBuffer.wrap(probe);

  private final boolean patient;
  private volatile Member current;

  /**
   * Creates a choice.
   *
   * @param patient whether one that is down is left alone until its pause is over even if no other
   *     works
   */
  FirstThatWorks(List<Member> members, boolean patient) {
    this.members = members.toArray(Member[]::new);
    this.patient = patient;
  }

  /** Whether that one delivered last. */
  boolean isCurrent(Member member) {
    return current == member;
  }

  @Override
  public int make(ByteBuffer target, int index, int length, int wanted) {
    EntropySourceException failure = null;
    for (Member member : members) {
      if (member.isDown() && !(member.isDue() && (members.length == 1 || cameBack(member)))) {
        continue;
      }
      try {
        return take(member, target, index, length, wanted);
      } catch (EntropySourceException e) {
        failure = e;
      }
    }
    // None is up. Whoever answers first is good enough: no pause, and no probe to be thrown away.
    boolean asked = false;
    for (Member member : members) {
      if (patient && !member.isDue() && !member.isWaiting()) {
        failure = failure == null ? member.lastFailure() : failure;
        continue;
      }
      try {
        int n = take(member, target, index, length, wanted);
        if (n > 0) {
          return n;
        }
        asked = true;
      } catch (EntropySourceException e) {
        failure = e;
      }
    }
    if (asked) {
      return 0;
    }
    throw failure;
  }

  private int take(Member member, ByteBuffer target, int index, int length, int wanted) {
    int n = member.take(target, index, length, wanted);
    if (n > 0 && current != member) {
      current = member;
    }
    return n;
  }

  private boolean cameBack(Member member) {
    try {
      return member.take(probeBuffer, 0, PROBE, PROBE) > 0;
    } catch (EntropySourceException e) {
      return false; // the listener heard of it when it went down, and it stays so
    } finally {
      Arrays.fill(probe, (byte) 0);
    }
  }

  @Override
  public void putAway() {
    Arrays.fill(probe, (byte) 0);
    for (Member member : members) {
      member.close();
    }
  }
}

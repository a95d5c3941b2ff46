package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;

/** The hash of {@link MixBackend}, and who has given what to the next one. */
final class HashedPool implements Derivation {
  /** What each source gives to a hash, and what a hash delivers, in bytes. */
  private static final int PART = 32;

  /** A flag and a part. */
  private static final int FIELD = 1 + PART;

  private final Member[] members;
  private final int quorum;
  private final MessageDigest digest;

  /** The pool, then a field for each source: what is hashed. */
  private final byte[] input;

  private final ByteBuffer fields;
  private final int[] given;

  /** The pool, then what is delivered: what a hash gives. */
  private final byte[] output = new byte[2 * PART];

  private int left;

  /** Whether a source that may come back has been asked and not answered yet. */
  private boolean probing;

  private EntropySourceException lastFailure;

  HashedPool(List<Member> members, int quorum) {
    this.members = members.toArray(Member[]::new);
    this.quorum = quorum;
    this.input = new byte[PART + FIELD * members.size()];
    this.fields = ByteBuffer.wrap(input);
    this.given = new int[members.size()];
    try {
      digest = MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-512", e);
    }
  }

  @Override
  public int make(ByteBuffer target, int index, int length, int wanted) {
    int done = 0;
    while (done < length) {
      if (left == 0 && !next(wanted - done, done > 0)) {
        break;
      }
      int from = output.length - left;
      int part = Math.min(length - done, left);
      left -= part; // used up, also if the target refuses them
      try {
        target.put(index + done, output, from, part);
      } finally {
        Arrays.fill(output, from, from + part, (byte) 0);
      }
      done += part;
    }
    return done;
  }

  /** Makes the next 32 bytes; false if they can't be had, now or at all. */
  private boolean next(int wanted, boolean haveSome) {
    if (!gather(wanted)) {
      return false;
    }
    int working = 0;
    for (int i = 0; i < members.length; i++) {
      boolean gave = given[i] == PART;
      input[PART + FIELD * i] = (byte) (gave ? 1 : 0);
      working += gave ? 1 : 0;
    }
    if (working < quorum) {
      if (haveSome || probing) {
        return false; // what was delivered stands; the next request meets the failure
      }
      throw new EntropySourceException(
          Reason.UNAVAILABLE,
          working
              + " of the sources of a mix work, and "
              + quorum
              + " must: "
              + lastFailure.getMessage(),
          lastFailure);
    }
    hash();
    return true;
  }

  /** Asks every source for its part; false if one that is up has to answer first. */
  private boolean gather(int wanted) {
    boolean complete = true;
    probing = false;
    int rounded = wanted + PART - 1 & -PART;
    for (int i = 0; i < members.length; i++) {
      Member member = members[i];
      if (member.isDown() && !member.isDue() && given[i] < PART) {
        continue;
      }
      int base = PART + FIELD * i + 1;
      while (given[i] < PART) {
        int n;
        try {
          n = member.take(fields, base + given[i], PART - given[i], rounded - given[i]);
        } catch (EntropySourceException e) {
          lastFailure = e;
          break;
        }
        if (n == 0) {
          if (member.isDown()) {
            probing = true; // nobody waits for one that may come back
          } else {
            complete = false;
          }
          break;
        }
        given[i] += n;
      }
    }
    return complete;
  }

  private void hash() {
    try {
      digest.update(input, 0, input.length);
      digest.digest(output, 0, output.length);
    } catch (DigestException e) {
      throw new IllegalStateException("this Java's SHA-512 does not give 64 bytes", e);
    }
    System.arraycopy(output, 0, input, 0, PART);
    Arrays.fill(output, 0, PART, (byte) 0);
    left = PART;
    for (int i = 0; i < members.length; i++) {
      if (given[i] == PART) {
        given[i] = 0;
        int base = PART + FIELD * i + 1;
        Arrays.fill(input, base, base + PART, (byte) 0);
      }
    }
  }

  @Override
  public void putAway() {
    Arrays.fill(input, (byte) 0);
    Arrays.fill(output, (byte) 0);
    left = 0;
    for (Member member : members) {
      member.close();
    }
  }
}

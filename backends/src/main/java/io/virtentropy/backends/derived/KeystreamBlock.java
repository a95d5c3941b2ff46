package io.virtentropy.backends.derived;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;

/**
 * A fast-key-erasure generator (D. J. Bernstein, <i>Fast-key-erasure random-number generators</i>,
 * 2017) in AES-256-CTR.
 *
 * <pre>
 *   seed:  key ← SHA-256("virtentropy drbg 1" ‖ key ‖ seed)          the first key is 32 zeros
 *   block: key ‖ bytes ← AES-256-CTR(key, first counter block 0)     32 and up to 65,536 bytes
 * </pre>
 *
 * <p>The key that made a block is overwritten before a byte of the block leaves, and each byte is
 * overwritten as it leaves. Who reads this memory later learns what will come until the next seed,
 * and nothing of what was delivered before.
 *
 * <p>A block is large because the JDK's set-up of a key costs as much as 16 KiB of keystream, and
 * allocates 0.7 to 1.8 KB, in which a copy of the key schedule waits for the garbage collector.
 */
final class KeystreamBlock {
  /** The bytes of a seed: twice the 256 bits of a key, for sources that deliver half of that. */
  static final int SEED_BYTES = 64;

  /** The bytes of a full block. */
  static final int BLOCK_BYTES = 65_536;

  private static final int KEY_BYTES = 32;
  private static final byte[] LABEL = {
    'v', 'i', 'r', 't', 'e', 'n', 't', 'r', 'o', 'p', 'y', ' ', 'd', 'r', 'b', 'g', ' ', '1'
  };

  /** What the cipher encrypts; never written. */
  private static final byte[] ZEROS = new byte[KEY_BYTES + BLOCK_BYTES];

  /** The key as the JDK wants it: it asks for a copy, and wipes the copy. */
  private static final class Key implements SecretKey {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // never serialised
    private final transient byte[] bytes = new byte[KEY_BYTES];

    @Override
    public String getAlgorithm() {
      return "AES";
    }

    @Override
    public String getFormat() {
      return "RAW";
    }

    @Override
    public byte[] getEncoded() {
      return bytes.clone();
    }
  }

  private final Cipher cipher;
  private final MessageDigest digest;
  private final IvParameterSpec counter = new IvParameterSpec(new byte[16]);
  private final Key key = new Key();
  private final byte[] block = new byte[KEY_BYTES + BLOCK_BYTES];
  private int next;
  private int end;

  KeystreamBlock() {
    try {
      cipher = Cipher.getInstance("AES/CTR/NoPadding");
      digest = MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw missing(e);
    }
  }

  /**
   * Mixes a seed into the key; what is left of the block was made with the old one and is wiped.
   */
  void seed(byte[] seed) {
    digest.reset();
    digest.update(LABEL);
    digest.update(key.bytes);
    digest.update(seed, 0, SEED_BYTES);
    try {
      digest.digest(key.bytes, 0, KEY_BYTES);
    } catch (DigestException e) {
      throw missing(e);
    }
    discard();
  }

  /** Makes the next block. What was left of the last one is gone. */
  void generate(int bytes) {
    try {
      cipher.init(Cipher.ENCRYPT_MODE, key, counter);
      cipher.update(ZEROS, 0, KEY_BYTES + bytes, block, 0);
    } catch (GeneralSecurityException e) {
      throw missing(e);
    }
    System.arraycopy(block, 0, key.bytes, 0, KEY_BYTES);
    Arrays.fill(block, 0, KEY_BYTES, (byte) 0);
    next = KEY_BYTES;
    end = KEY_BYTES + bytes;
  }

  /** Says how many bytes of the block are left. */
  int remaining() {
    return end - next;
  }

  /** Hands out and wipes bytes of the block, as many as {@link #remaining} at the most. */
  void take(ByteBuffer target, int index, int length) {
    int from = next;
    next = from + length; // used up, also if the target refuses them
    try {
      target.put(index, block, from, length);
    } finally {
      Arrays.fill(block, from, from + length, (byte) 0);
    }
  }

  void discard() {
    Arrays.fill(block, next, end, (byte) 0);
    next = end;
  }

  void wipe() {
    discard();
    Arrays.fill(key.bytes, (byte) 0);
    try {
      cipher.init(Cipher.ENCRYPT_MODE, key, counter); // the cipher's own copy of the last key
    } catch (GeneralSecurityException e) {
      throw missing(e);
    }
  }

  private static IllegalStateException missing(GeneralSecurityException e) {
    return new IllegalStateException("this Java has no usable AES-256-CTR and SHA-256", e);
  }
}

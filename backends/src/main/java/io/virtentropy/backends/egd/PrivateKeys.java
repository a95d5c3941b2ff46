package io.virtentropy.backends.egd;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads private keys in the forms that {@code openssl} and GnuTLS's {@code certtool} write: PKCS
 * #8, PKCS #1 for RSA, and that of SEC 1 (RFC 5915) for EC. The JDK reads the first only; the
 * others are what stands inside it.
 */
final class PrivateKeys {
  private static final Pattern PEM =
      Pattern.compile(
          "-----BEGIN ((?:RSA |EC |ENCRYPTED )?PRIVATE KEY)-----(.+?)-----END \\1-----",
          Pattern.DOTALL);

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private static final int INTEGER = 0x02;
  private static final int OCTET_STRING = 0x04;
  private static final int SEQUENCE = 0x30;

  /** The parameters of RFC 5915: the curve's name. */
  private static final int PARAMETERS = 0xa0;

  /** SEQUENCE { rsaEncryption, NULL }. */
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

  /** id-ecPublicKey. */
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  private static final byte[] VERSION_0 = {INTEGER, 1, 0};

  private PrivateKeys() {}

  /** Reads the first key of a file. */
  static PrivateKey read(Path file) throws IOException, GeneralSecurityException {
    Matcher matcher = PEM.matcher(Files.readString(file, StandardCharsets.US_ASCII));
    if (!matcher.find()) {
      throw new InvalidKeySpecException(
          file
              + " holds no private key; PRIVATE KEY (PKCS #8), RSA PRIVATE KEY (PKCS #1) and EC"
              + " PRIVATE KEY (SEC 1) are accepted");
    }
    if (matcher.group(1).startsWith("ENCRYPTED") || matcher.group(2).contains("ENCRYPTED")) {
      throw new InvalidKeySpecException(
          file
              + " holds a key that is encrypted; one that is not is accepted (openssl pkey removes"
              + " a passphrase)");
    }
    byte[] encoded;
    try {
      encoded = Base64.getMimeDecoder().decode(matcher.group(2));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeySpecException(file + " holds a private key that is not base64", e);
    }
    byte[] pkcs8 = null;
    try {
      pkcs8 =
          switch (matcher.group(1)) {
            case "RSA PRIVATE KEY" ->
                encode(SEQUENCE, VERSION_0, RSA, encode(OCTET_STRING, encoded));
            case "EC PRIVATE KEY" -> ofEc(file, encoded);
            default -> encoded;
          };
      return decode(file, pkcs8);
    } finally {
      Arrays.fill(encoded, (byte) 0);
      if (pkcs8 != null) {
        Arrays.fill(pkcs8, (byte) 0);
      }
    }
  }

  private static PrivateKey decode(Path file, byte[] pkcs8) throws GeneralSecurityException {
    InvalidKeySpecException refusal =
        new InvalidKeySpecException(
            file + " holds a key of another kind; accepted are " + String.join(", ", ALGORITHMS));
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException e) {
        refusal.addSuppressed(e);
      }
    }
    throw refusal;
  }

  /** The curve stands behind the key there, and before it in PKCS #8. */
  private static byte[] ofEc(Path file, byte[] sec1) throws InvalidKeySpecException {
    int at = contents(file, sec1, 0, SEQUENCE);
    while (at < sec1.length && (sec1[at] & 0xff) != PARAMETERS) {
      int inside = contents(file, sec1, at, sec1[at] & 0xff);
      at = inside + length(file, sec1, at);
    }
    int curve = contents(file, sec1, at, PARAMETERS);
    byte[] parameters = Arrays.copyOfRange(sec1, curve, curve + length(file, sec1, at));
    return encode(
        SEQUENCE, VERSION_0, encode(SEQUENCE, EC, parameters), encode(OCTET_STRING, sec1));
  }

  /** Where the contents of a value begin, which must be whole and of a kind. */
  private static int contents(Path file, byte[] der, int at, int tag)
      throws InvalidKeySpecException {
    if (at + 2 > der.length || (der[at] & 0xff) != tag) {
      throw damaged(file);
    }
    int begin = at + (der[at + 1] >= 0 ? 2 : 2 + (der[at + 1] & 0x7f));
    int length = length(file, der, at);
    if (length > der.length - begin) {
      throw damaged(file);
    }
    return begin;
  }

  private static int length(Path file, byte[] der, int at) throws InvalidKeySpecException {
    int first = der[at + 1];
    if (first >= 0) {
      return first;
    }
    int bytes = first & 0x7f;
    if (bytes < 1 || bytes > 2 || at + 2 + bytes > der.length) {
      throw damaged(file);
    }
    int length = 0;
    for (int i = 0; i < bytes; i++) {
      length = (length << Byte.SIZE) | (der[at + 2 + i] & 0xff);
    }
    return length;
  }

  private static InvalidKeySpecException damaged(Path file) {
    return new InvalidKeySpecException(
        file + " holds an EC key that names no curve, or is damaged");
  }

  private static byte[] encode(int tag, byte[]... contents) {
    int length = 0;
    for (byte[] part : contents) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 4);
    out.write(tag);
    if (length > 0xff) {
      out.write(0x82);
      out.write(length >> Byte.SIZE);
    } else if (length > 0x7f) {
      out.write(0x81);
    }
    out.write(length);
    for (byte[] part : contents) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}

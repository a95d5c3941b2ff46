package io.virtentropy.examples.kvmvmm;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** What the guest told: the numbers it got, in order, as the bytes they were made of. */
final class GuestReport {
  private static final int NOT_YET = -1;

  private final ByteArrayOutputStream rdrand = new ByteArrayOutputStream();
  private final ByteArrayOutputStream rdseed = new ByteArrayOutputStream();
  private final ByteArrayOutputStream virtio = new ByteArrayOutputStream();
  private int numbers;
  private int retries;
  private int spoiltUpperHalves;
  private int lastWord = NOT_YET;

  /** Takes what the guest wrote to a port. */
  void port(int port, int value) {
    switch (port) {
      case GuestLayout.PORT_RDRAND32 -> number(rdrand, value, 4);
      case GuestLayout.PORT_RDRAND16 -> number(rdrand, value, 2);
      case GuestLayout.PORT_RDSEED32 -> number(rdseed, value, 4);
      case GuestLayout.PORT_RDSEED16 -> number(rdseed, value, 2);
      case GuestLayout.PORT_VIRTIO -> littleEndian(virtio, value, 4);
      case GuestLayout.PORT_RETRIES -> retries += value;
      case GuestLayout.PORT_DONE -> lastWord = value;
      default ->
          throw new KvmException("the guest wrote to port 0x" + HexFormat.of().toHexDigits(port));
    }
  }

  private void number(ByteArrayOutputStream stream, int value, int bytes) {
    numbers++;
    if (bytes == 2 && value >>> 16 != GuestLayout.UPPER_HALF) {
      spoiltUpperHalves++;
    }
    littleEndian(stream, value, bytes);
  }

  private static void littleEndian(ByteArrayOutputStream stream, int value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      stream.write(value >>> (8 * i));
    }
  }

  byte[] rdrand() {
    return rdrand.toByteArray();
  }

  byte[] rdseed() {
    return rdseed.toByteArray();
  }

  byte[] virtio() {
    return virtio.toByteArray();
  }

  /** RDRANDs and RDSEEDs that gave a number. */
  int numbers() {
    return numbers;
  }

  /** RDRANDs and RDSEEDs that left CF clear. */
  int retries() {
    return retries;
  }

  /** 16-bit destinations whose upper half did not survive. */
  int spoiltUpperHalves() {
    return spoiltUpperHalves;
  }

  boolean isDone() {
    return lastWord != NOT_YET;
  }

  int lastWord() {
    return lastWord;
  }
}

package io.virtentropy.examples.kvmvmm;

/** KVM refused something, or the guest did something that this monitor does not support. */
final class KvmException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  KvmException(String what, int errno) {
    this(what + ": " + Libc.strerror(errno));
  }

  KvmException(String message) {
    super(message);
  }
}

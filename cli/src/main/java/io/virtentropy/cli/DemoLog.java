package io.virtentropy.cli;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.vhostuser.Disconnection;
import io.virtentropy.vhostuser.GuestSocket;
import io.virtentropy.vhostuser.Negotiation;
import io.virtentropy.vhostuser.VhostUserListener;
import io.virtentropy.virtio.queue.RingFault;
import java.io.PrintWriter;

/** The device's lines of the demo. */
final class DemoLog implements VhostUserListener {
  private final PrintWriter out;

  DemoLog(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void negotiated(GuestSocket guest, Negotiation what) {
    say("negotiated", what.describe());
  }

  @Override
  public void refused(GuestSocket guest, String what) {
    say("refused", what);
  }

  @Override
  public void ringBroken(GuestSocket guest, RingFault fault) {
    say("ring broken", fault.describe());
  }

  @Override
  public void sourceFailed(GuestSocket guest, EntropySourceException failure, long retryNanos) {
    say("source failed", failure.getMessage());
  }

  @Override
  public void disconnected(GuestSocket guest, Disconnection why) {
    say("guest gone", why.describe());
  }

  private void say(String what, String detail) {
    out.printf("device | %-13s %s%n", what, detail);
    out.flush();
  }
}

package io.virtentropy.cli;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.vhostuser.Disconnection;
import io.virtentropy.vhostuser.GuestSocket;
import io.virtentropy.vhostuser.Negotiation;
import io.virtentropy.vhostuser.VhostUserListener;
import io.virtentropy.virtio.device.DeviceCounter;
import io.virtentropy.virtio.queue.RingFault;
import java.io.PrintWriter;

/** One line for each event that an operator wants to know of. */
final class ServeLog implements VhostUserListener {
  private final PrintWriter out;

  ServeLog(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void negotiated(GuestSocket guest, Negotiation what) {
    say(guest, "guest connected: " + what.describe());
  }

  @Override
  public void refused(GuestSocket guest, String what) {
    say(guest, "request refused: " + what);
  }

  @Override
  public void ringBroken(GuestSocket guest, RingFault fault) {
    say(guest, "the guest broke its ring: " + fault.describe());
  }

  @Override
  public void sourceFailed(GuestSocket guest, EntropySourceException failure, long retryNanos) {
    say(
        guest,
        "the source failed, next try in "
            + retryNanos / 1_000_000
            + " ms: "
            + failure.getMessage());
  }

  @Override
  public void disconnected(GuestSocket guest, Disconnection why) {
    say(
        guest,
        "guest gone: "
            + why.describe()
            + "; "
            + guest.counters().get(DeviceCounter.BYTES)
            + " bytes in "
            + guest.counters().get(DeviceCounter.CHAINS)
            + " requests so far");
  }

  @Override
  public void unreachable(GuestSocket guest, String why) {
    say(guest, why + "; trying again and again");
  }

  private void say(GuestSocket guest, String what) {
    out.println(guest + ": " + what);
    out.flush();
  }
}

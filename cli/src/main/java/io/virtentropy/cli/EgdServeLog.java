package io.virtentropy.cli;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.egd.server.EgdDisconnection;
import io.virtentropy.backends.egd.server.EgdPeer;
import io.virtentropy.backends.egd.server.EgdServerListener;
import java.io.PrintWriter;

/** One line for each event that an operator wants to know of. */
final class EgdServeLog implements EgdServerListener {
  private final PrintWriter out;

  EgdServeLog(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void connected(EgdPeer peer) {
    say(peer + ": connected");
  }

  @Override
  public void refused(EgdPeer peer, String why) {
    say(peer + ": refused, " + why);
  }

  @Override
  public void disconnected(EgdPeer peer, EgdDisconnection why) {
    say(
        peer
            + ": "
            + why.describe()
            + "; "
            + peer.delivered()
            + " bytes delivered"
            + (peer.owed() == 0 ? "" : ", " + peer.owed() + " still owed"));
  }

  @Override
  public void sourceFailed(EntropySourceException failure, long retryNanos) {
    say(
        "the source failed, next try in "
            + retryNanos / 1_000_000
            + " ms: "
            + failure.getMessage());
  }

  @Override
  public void contributionFailed(EgdPeer peer, EntropySourceException failure) {
    say(peer + ": what it contributes is dropped: " + failure.getMessage());
  }

  @Override
  public void unreachable(String endpoint, String why) {
    say(endpoint + ": " + why);
  }

  private void say(String what) {
    out.println(what);
    out.flush();
  }
}

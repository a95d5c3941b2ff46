package io.virtentropy.conformance.egd;

import java.io.IOException;
import java.io.UncheckedIOException;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.state.ActionChain;

/** The model that our server is held against, on a server that we did not write. */
@Label("ekeyd, with its deviations declared,")
class RealEgdServerIT {
  private static EkeydServer ekeyd;

  /**
   * A fixed seed: what somebody else's server does for the first time is no fault of a change here.
   */
  @Property(tries = 100, seed = "20261125")
  @Label("should do to one client what the model says")
  void oneClient(@ForAll("talks") ActionChain<Talk<EkeydServer>> chain) throws IOException {
    boolean agreed = false;
    try {
      chain.run().close();
      agreed = true;
    } finally {
      if (!agreed) {
        stop(); // the next one begins with an empty source
      }
    }
  }

  @Provide
  Arbitrary<ActionChain<Talk<EkeydServer>>> talks() {
    return Talk.talks(RealEgdServerIT::server, 20);
  }

  private static EkeydServer server() {
    try {
      if (ekeyd == null) {
        ekeyd = new EkeydServer();
      }
      return ekeyd;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterContainer
  static void stop() throws IOException {
    if (ekeyd != null) {
      ekeyd.close();
      ekeyd = null;
    }
  }
}

package io.virtentropy.conformance.egd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.state.ActionChain;

/**
 * Sequences of what a client and the source may do, against the model: what the client receives,
 * byte for byte, what is mixed in and credited, what is drawn, and whether the connection ends.
 */
@Label("Our EGD server, whatever happens,")
class EgdServerModelProperties {
  /** A fixed seed: what chance finds first is no fault of the change at hand. */
  @Property(tries = 250, seed = "20261125")
  @Label("should do to one client what the model says")
  void oneClient(@ForAll("talks") ActionChain<Talk<OurEgdServer>> chain) throws IOException {
    Talk<OurEgdServer> talk = null;
    try {
      talk = chain.run();
      talk.close();
    } finally {
      Optional<Talk<OurEgdServer>> last = chain.finalState();
      if (last.isPresent()) {
        last.get().server.close();
      }
    }
    EgdModel model = talk.model();
    assertEquals(model.contributions(), talk.server.contributions());
    assertEquals(model.drawn() + model.stocked(), talk.server.drawn(), "as much as was asked for");
    assertEquals(talk.server.drawn(), talk.server.accountedFor());
  }

  @Provide
  Arbitrary<ActionChain<Talk<OurEgdServer>>> talks() {
    return Talk.talks(EgdServerModelProperties::server, 40);
  }

  private static OurEgdServer server() {
    try {
      return new OurEgdServer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

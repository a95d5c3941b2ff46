package io.virtentropy.conformance.egd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.junit.EgdServerSpecification;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("Our EGD server")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class OurEgdServerTest extends EgdServerSpecification {
  @Override
  protected EgdServerUnderTest server() throws IOException {
    return new OurEgdServer();
  }

  @Test
  @DisplayName("should have done all it was asked when a conversation is closed")
  void closes() throws IOException {
    try (OurEgdServer server = new OurEgdServer()) {
      EgdConversation conversation =
          new EgdConversation(server, new SplittableRandom(1), EgdConversation.PATIENCE);
      try (conversation) {
        for (EgdStep step :
            List.of(new EgdStep.Read(4), new EgdStep.Write(8, 1), new EgdStep.Read(1))) {
          assertTrue(conversation.apply(step).isEmpty());
        }
      }
      EgdModel model = conversation.model();
      assertTrue(model.isEnded());
      assertEquals(List.of(new EgdModel.Contribution(1, 8)), server.contributions());
      assertEquals(model.drawn(), server.drawn());
    }
  }
}

package io.virtentropy.conformance.egd;

import io.virtentropy.conformance.junit.EgdServerSpecification;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;

@DisplayName("Our EGD server")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class OurEgdServerTest extends EgdServerSpecification {
  @Override
  protected EgdServerUnderTest server() throws IOException {
    return new OurEgdServer();
  }
}

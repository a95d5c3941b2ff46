package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.junit.DeviceSpecification;
import java.util.List;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Our device, asked by the specification's suite through JUnit,")
final class OurDevicesTest extends DeviceSpecification {
  @Override
  protected List<Subject> subjects() {
    return OurDevices.all();
  }
}

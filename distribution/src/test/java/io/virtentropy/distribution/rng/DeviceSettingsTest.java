package io.virtentropy.distribution.rng;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.virtentropy.ratelimit.Quota;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The settings of a device of ours in the place of QEMU's")
final class DeviceSettingsTest {
  private static DeviceSettings settings(String inside) {
    return DeviceSettings.of(
        RngXmlParser.parse("guest.xml", "<rng model='virtio'>" + inside + "</rng>"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "<backend model='builtin'/>|builtin",
        "<backend model='random'>/dev/hwrng</backend>|random:/dev/hwrng",
        "<backend model='random'>/a,b</backend>|random:\"/a,b\"",
        "<backend model='egd' type='unix'><source path='/run/e'/></backend>|egd:unix:/run/e",
        "<backend model='egd' type='unix'><source mode='bind' path='/run/e'/></backend>"
            + "|egd:unix:/run/e?listen",
        "<backend model='egd' type='tcp'><source host='h' service='1'/></backend>|egd:tcp:h:1",
        "<backend model='egd' type='tcp'><source host='::1' service='1' tls='yes'/></backend>"
            + "|egd:tls:[::1]:1",
        "<backend model='egd' type='udp'><source service='1'/></backend>|egd:udp:localhost:1",
        "<backend model='egd' type='pipe'><source path='/p'/></backend>|egd:pipe:/p",
        "<backend model='egd' type='dev'><source path='/dev/ttyS0'/></backend>|egd:dev:/dev/ttyS0",
      })
  @DisplayName("should name the source")
  void sources(String backend, String source) {
    assertEquals(source, settings(backend).source());
  }

  @Test
  @DisplayName("should limit it as libvirt has QEMU do")
  void limits() {
    String builtin = "<backend model='builtin'/>";
    assertEquals(Optional.empty(), settings(builtin).quota());
    assertEquals(Optional.of(new Quota(5, 1000)), settings("<rate bytes='5'/>" + builtin).quota());
    assertEquals(
        Optional.of(new Quota(5, 7)), settings("<rate bytes='5' period='7'/>" + builtin).quota());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<backend model='pool' name='p' class='c'/>",
        "<backend model='egd' type='null'/>",
        "<backend model='egd' type='file'><source path='/f'/></backend>",
        "<backend model='egd' type='tcp'><source host='h' service='http'/></backend>",
        "<backend model='egd' type='tcp'><source host='h' service='0'/></backend>",
        "<backend model='egd' type='unix'><source path='/run/01234567890123456789012345678901234567"
            + "890123456789012345678901234567890123456789012345678901234567890123456789'/></backend>",
      })
  @DisplayName("should refuse what has no server behind it, or none that can be named")
  void refuses(String backend) {
    assertEquals(
        IllegalArgumentException.class,
        assertThrows(IllegalArgumentException.class, () -> settings(backend)).getClass());
  }
}

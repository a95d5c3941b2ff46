package io.virtentropy.distribution.rng;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.distribution.rng.QemuArguments.Form;
import io.virtentropy.distribution.rng.QemuArguments.ReconnectUnit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What libvirt's own tests of {@code <rng>} expect (tests/qemuxmlconfdata of 11.x, each by its name
 * there), restated.
 */
@DisplayName("Entropy devices of libvirt's own tests")
final class LibvirtGoldenTest {
  private static final String AT_3 =
      "<address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>";

  private static void assertArguments(String expected, String... devices) {
    QemuArguments qemu = new QemuArguments(Form.JSON, ReconnectUnit.MILLISECONDS, "pci.0");
    List<RngDevice> parsed =
        Stream.of(devices).map(xml -> RngXmlParser.parse("libvirt", xml)).toList();
    assertEquals(expected.strip(), pairs(qemu.of(parsed)));
  }

  private static String pairs(List<String> arguments) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < arguments.size(); i += 2) {
      out.append(arguments.get(i)).append(' ').append(arguments.get(i + 1)).append('\n');
    }
    return out.toString().strip();
  }

  @Test
  @DisplayName("virtio-rng-default: should read /dev/random")
  void byDefault() {
    assertArguments(
        """
        -object {"qom-type":"rng-random","id":"objrng0","filename":"/dev/random"}
        -device {"driver":"virtio-rng-pci","rng":"objrng0","id":"rng0","bus":"pci.0","addr":"0x3"}
        """,
        "<rng model='virtio'><backend model='random'/>" + AT_3 + "</rng>");
  }

  @Test
  @DisplayName("virtio-rng-random: should have a rate")
  void random() {
    assertArguments(
        """
        -object {"qom-type":"rng-random","id":"objrng0","filename":"/dev/hwrng"}
        -device {"driver":"virtio-rng-pci","rng":"objrng0","id":"rng0","max-bytes":123,"period":1234,"bus":"pci.0","addr":"0x3"}
        """,
        "<rng model='virtio'><rate bytes='123' period='1234'/>"
            + "<backend model='random'>/dev/hwrng</backend>"
            + AT_3
            + "</rng>");
  }

  @Test
  @DisplayName("virtio-rng-builtin: should be QEMU's own")
  void builtin() {
    assertArguments(
        """
        -object {"qom-type":"rng-builtin","id":"objrng0"}
        -device {"driver":"virtio-rng-pci","rng":"objrng0","id":"rng0","bus":"pci.0","addr":"0x3"}
        """,
        "<rng model='virtio'><backend model='builtin'/>" + AT_3 + "</rng>");
  }

  @Test
  @DisplayName("virtio-rng-egd: should connect over tcp")
  void egd() {
    assertArguments(
        """
        -chardev socket,id=charrng0,host=1.2.3.4,port=1234
        -object {"qom-type":"rng-egd","id":"objrng0","chardev":"charrng0"}
        -device {"driver":"virtio-rng-pci","rng":"objrng0","id":"rng0","bus":"pci.0","addr":"0x3"}
        """,
        "<rng model='virtio'><backend model='egd' type='tcp'>"
            + "<source mode='connect' host='1.2.3.4' service='1234'/><protocol type='raw'/>"
            + "</backend>"
            + AT_3
            + "</rng>");
  }

  @Test
  @DisplayName("virtio-rng-multiple: should number devices")
  void multiple() {
    assertArguments(
        """
        -object {"qom-type":"rng-random","id":"objrng0","filename":"/dev/random"}
        -device {"driver":"virtio-rng-pci","rng":"objrng0","id":"rng0","bus":"pci.0","addr":"0x7"}
        -chardev socket,id=charrng1,host=1.2.3.4,port=1234
        -object {"qom-type":"rng-egd","id":"objrng1","chardev":"charrng1"}
        -device {"driver":"virtio-rng-pci","rng":"objrng1","id":"rng1","bus":"pci.0","addr":"0x3"}
        """,
        "<rng model='virtio'><backend model='random'/>" + AT_3.replace("03", "07") + "</rng>",
        "<rng model='virtio'><backend model='egd' type='tcp'>"
            + "<source mode='connect' host='1.2.3.4' service='1234'/><protocol type='raw'/>"
            + "</backend>"
            + AT_3
            + "</rng>");
  }

  @Test
  @DisplayName("virtio-rng-ccw: should have a device number")
  void ccw() {
    assertArguments(
        """
        -object {"qom-type":"rng-random","id":"objrng0","filename":"/dev/hwrng"}
        -device {"driver":"virtio-rng-ccw","rng":"objrng0","id":"rng0","devno":"fe.0.0002"}
        """,
        "<rng model='virtio'><backend model='random'>/dev/hwrng</backend>"
            + "<address type='ccw' cssid='0xfe' ssid='0x0' devno='0x0002'/></rng>");
  }

  @Test
  @DisplayName("virtio-options: should have virtio's options first")
  void options() {
    assertArguments(
        """
        -object {"qom-type":"rng-random","id":"objrng0","filename":"/dev/random"}
        -device {"driver":"virtio-rng-pci","iommu_platform":true,"ats":true,"packed":true,"page-per-vq":true,"rng":"objrng0","id":"rng0","bus":"pci.0","addr":"0xd"}
        """,
        "<rng model='virtio'><backend model='random'>/dev/random</backend>"
            + "<driver iommu='on' ats='on' packed='on' page_per_vq='on'/>"
            + AT_3.replace("03", "0d")
            + "</rng>");
  }

  @Test
  @DisplayName("should be written with names and values for an older QEMU")
  void olderForm() {
    QemuArguments qemu = new QemuArguments(Form.OPTIONS, ReconnectUnit.SECONDS, "pcie.0");
    RngDevice device =
        RngXmlParser.parse(
            "libvirt",
            "<rng model='virtio-non-transitional'><rate bytes='123'/>"
                + "<backend model='random'>/dev/a,b</backend><driver packed='off'/>"
                + AT_3.replace("function='0x0'", "function='0x1' multifunction='on'")
                + "</rng>");
    assertEquals(
        """
        -object rng-random,id=objrng0,filename=/dev/a,,b
        -device virtio-rng-pci-non-transitional,packed=off,rng=objrng0,id=rng0,max-bytes=123,\
        period=1000,bus=pcie.0,multifunction=on,addr=0x3.0x1
        """
            .strip(),
        pairs(qemu.of(List.of(device))));
  }
}

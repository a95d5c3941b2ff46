package io.virtentropy.distribution.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("libvirt's client library")
final class LibvirtLibraryTest {
  @Test
  @DisplayName("should be missed in one sentence")
  void missing() {
    for (int attempt = 0; attempt < 2; attempt++) {
      assertEquals(
          "libvirt's client library libvirt-of-nobody.so.0 can't be loaded; it comes with the"
              + " package libvirt0 or libvirt-libs",
          assertThrows(
                  HypervisorException.class,
                  () -> LibvirtLibrary.requireInstalled("virt-of-nobody"))
              .getMessage());
    }
  }
}

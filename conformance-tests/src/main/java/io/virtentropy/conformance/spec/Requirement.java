package io.virtentropy.conformance.spec;

import java.util.Objects;

/**
 * One sentence of the specification that binds an entropy device.
 *
 * @param id such as {@code VQ-SPLIT-05}; stable, to be quoted
 * @param strength how strongly it binds
 * @param section of virtio 1.3, such as {@code 2.7.5.1}
 * @param sentence what the device has to do
 * @param hint what to look at in a device that fails
 */
public record Requirement(
    String id, Strength strength, String section, String sentence, String hint) {
  /**
   * Makes a requirement.
   *
   * @param id such as {@code VQ-SPLIT-05}
   * @param strength how strongly it binds
   * @param section of virtio 1.3
   * @param sentence what the device has to do
   * @param hint what to look at in a device that fails
   */
  public Requirement {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(strength, "strength");
    Objects.requireNonNull(section, "section");
    Objects.requireNonNull(sentence, "sentence");
    Objects.requireNonNull(hint, "hint");
  }
}

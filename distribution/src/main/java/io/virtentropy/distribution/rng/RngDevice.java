package io.virtentropy.distribution.rng;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One entropy device of a guest: libvirt's {@code <rng>} element as values.
 *
 * @param model what the guest sees
 * @param backend where its entropy comes from
 * @param rate a limit of its own, which holds beside that of a pool's class
 * @param driver virtio options
 * @param alias the name of the device in QEMU; one that a user chose begins with {@code ua-}
 * @param acpiIndex the index firmware tells the guest
 * @param address where it sits
 */
public record RngDevice(
    RngModel model,
    RngBackend backend,
    Optional<RngRate> rate,
    DriverOptions driver,
    Optional<String> alias,
    OptionalLong acpiIndex,
    Optional<DeviceAddress> address) {
  /**
   * Checks that nothing is null.
   *
   * @param model what the guest sees
   * @param backend where its entropy comes from
   * @param rate a limit of its own
   * @param driver virtio options
   * @param alias the name of the device in QEMU
   * @param acpiIndex the index firmware tells the guest
   * @param address where it sits
   */
  public RngDevice {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(backend, "backend");
    Objects.requireNonNull(rate, "rate");
    Objects.requireNonNull(driver, "driver");
    Objects.requireNonNull(alias, "alias");
    Objects.requireNonNull(acpiIndex, "acpiIndex");
    Objects.requireNonNull(address, "address");
  }

  /**
   * A device with nothing but its source.
   *
   * @param backend where its entropy comes from
   * @return a device of model {@code virtio}
   */
  public static RngDevice of(RngBackend backend) {
    return new RngDevice(
        RngModel.VIRTIO,
        backend,
        Optional.empty(),
        DriverOptions.NONE,
        Optional.empty(),
        OptionalLong.empty(),
        Optional.empty());
  }

  /**
   * The same with another source.
   *
   * @param newBackend where its entropy comes from
   * @return a device
   */
  public RngDevice withBackend(RngBackend newBackend) {
    return new RngDevice(model, newBackend, rate, driver, alias, acpiIndex, address);
  }
}

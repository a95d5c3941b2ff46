package io.virtentropy.distribution.rng;

import java.util.Objects;
import java.util.Optional;

/** Where a guest's entropy comes from: libvirt's {@code <backend>}, and the thesis's pool. */
public sealed interface RngBackend {
  /** {@return the value of the attribute {@code model}} */
  String model();

  /**
   * A file or device that QEMU reads.
   *
   * @param path its path as given; libvirt's schema, not its parser, insists on an absolute one
   */
  record RandomFile(String path) implements RngBackend {
    /** What libvirt fills in where no path stands. */
    public static final String DEFAULT_PATH = "/dev/random";

    /**
     * Checks that there is a path.
     *
     * @param path its path
     */
    public RandomFile {
      Objects.requireNonNull(path, "path");
    }

    @Override
    public String model() {
      return "random";
    }
  }

  /** QEMU's own generator: the host kernel's. */
  record Builtin() implements RngBackend {
    @Override
    public String model() {
      return "builtin";
    }
  }

  /**
   * A server that speaks EGD at the other end of a character device.
   *
   * @param device how it is reached
   * @param log where QEMU copies what passes, if anywhere
   */
  record Egd(CharacterDevice device, Optional<LogFile> log) implements RngBackend {
    @Override
    public String model() {
      return "egd";
    }
  }

  /**
   * A class of an entropy pool (thesis, section 6.2.1). libvirt doesn't know it; {@link
   * PoolTranslation} makes an {@link Egd} of it.
   *
   * @param pool the pool's name
   * @param className the name of the class
   */
  record Pool(String pool, String className) implements RngBackend {
    /**
     * Checks that both are there.
     *
     * @param pool the pool's name
     * @param className the name of the class
     */
    public Pool {
      Objects.requireNonNull(pool, "pool");
      Objects.requireNonNull(className, "className");
    }

    @Override
    public String model() {
      return "pool";
    }
  }

  /**
   * A copy of what passes a character device.
   *
   * @param path the file
   * @param append whether an existing file is appended to; absent means no
   */
  record LogFile(String path, Optional<Boolean> append) {}
}

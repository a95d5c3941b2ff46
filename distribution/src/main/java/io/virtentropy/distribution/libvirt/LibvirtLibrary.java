package io.virtentropy.distribution.libvirt;

import com.sun.jna.NativeLibrary;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.libvirt.Connect;
import org.libvirt.ErrorCallback;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.libvirt.jna.Libvirt;
import org.libvirt.jna.virError;

/**
 * libvirt's client library in this process: loaded, with its event loop running. There is one of
 * it, as there is one event loop in libvirt, which can't be ended.
 */
final class LibvirtLibrary {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static LibvirtLibrary loaded;

  /** Errors come as exceptions; libvirt would print them, too. Held, since native code has it. */
  private final ErrorCallback silence = new Silence();

  private final DomainEventCallbacks callbacks;

  private static final class Silence extends ErrorCallback {
    @Override
    public void errorCallback(com.sun.jna.Pointer userData, virError error) {
      // see above
    }
  }

  private LibvirtLibrary() throws LibvirtException {
    Connect.setErrorCallback(silence);
    Library.initEventLoop();
    callbacks = new DomainEventCallbacks(Libvirt.INSTANCE);
    Thread loop = new Thread(LibvirtLibrary::runEvents, "libvirt-events");
    loop.setDaemon(true);
    loop.start();
  }

  private static void runEvents() {
    while (true) {
      try {
        Library.processEvent();
      } catch (LibvirtException | RuntimeException e) {
        System.getLogger(LibvirtLibrary.class.getName())
            .log(System.Logger.Level.WARNING, "libvirt's event loop failed; it goes on", e);
        LockSupport.parkNanos(PAUSE_NANOS); // not to fail a million times a second
      }
    }
  }

  /**
   * Loads the library, if it isn't yet.
   *
   * @throws HypervisorException with one sentence if it isn't there or can't be used
   */
  static synchronized LibvirtLibrary load() throws HypervisorException {
    if (loaded == null) {
      requireInstalled("virt");
      requireInstalled("virt-qemu"); // the binding loads both
      try {
        loaded = new LibvirtLibrary();
      } catch (LibvirtException e) {
        throw new HypervisorException(
            "libvirt's client library can't be used: " + e.getMessage(), e);
      }
    }
    return loaded;
  }

  /**
   * Looks for a library before the binding does, which would leave its classes unusable.
   *
   * @param name as {@code virt} for {@code libvirt.so.0}
   */
  static void requireInstalled(String name) throws HypervisorException {
    try {
      NativeLibrary unused = NativeLibrary.getInstance(name);
    } catch (LinkageError e) {
      throw new HypervisorException(
          "libvirt's client library lib"
              + name
              + ".so.0 can't be loaded; it comes with the package libvirt0 or libvirt-libs",
          e);
    }
  }

  DomainEventCallbacks callbacks() {
    return callbacks;
  }
}

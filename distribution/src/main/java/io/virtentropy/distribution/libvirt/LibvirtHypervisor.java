package io.virtentropy.distribution.libvirt;

/** libvirt, through its own client library. */
final class LibvirtHypervisor implements Hypervisor {
  private final LibvirtUri uri;
  private final LibvirtLibrary library;

  private LibvirtHypervisor(LibvirtUri uri, LibvirtLibrary library) {
    this.uri = uri;
    this.library = library;
  }

  /**
   * Names a libvirt; nothing is connected to yet.
   *
   * @throws HypervisorException if libvirt's client library isn't there
   */
  static LibvirtHypervisor at(LibvirtUri uri) throws HypervisorException {
    return new LibvirtHypervisor(uri, LibvirtLibrary.load());
  }

  @Override
  public Connection connect(Events events) throws HypervisorException {
    return LibvirtConnection.open(uri, library.callbacks(), events);
  }
}

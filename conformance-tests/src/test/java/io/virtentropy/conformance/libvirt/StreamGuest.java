package io.virtentropy.conformance.libvirt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** A domain whose guest writes all that its {@code /dev/hwrng} gives to a file of the host. */
final class StreamGuest {
  /** What it reads at once. */
  private static final int READ_BYTES = 64;

  /**
   * A day, and more than is read in it. QEMU asks twice for a buffer whenever a period ends, 65.5 s
   * after the first request unless told otherwise, and throws away the second answer if the guest
   * is late with its next buffer (see {@code AskedTwiceIT}): bytes that no guest can show.
   */
  private static final String LONG_PERIOD = "<rate bytes='4294967295' period='86400000'/>";

  private final LibvirtSession session;
  private final FileWatch watch;
  private final String name;
  private final String metadata;
  private final UUID uuid = UUID.randomUUID();
  private int boots;

  /**
   * Describes a guest.
   *
   * @param metadata what stands in the domain's {@code <metadata>}; may be empty
   */
  StreamGuest(LibvirtSession session, FileWatch watch, String name, String metadata) {
    this.session = session;
    this.watch = watch;
    this.name = name;
    this.metadata = metadata;
  }

  /** The element that names a pool's class, with an element for a device in it if there is one. */
  static String inClass(String className, String device) {
    return "<virtentropy:entropy xmlns:virtentropy='https://virtentropy.io/xml/domain/1'"
        + " pool='default' class='"
        + className
        + "'>"
        + device
        + "</virtentropy:entropy>";
  }

  String name() {
    return name;
  }

  private Path stream(int boot) {
    return session.guests().resolve(name + "." + boot + ".stream");
  }

  private Path console() {
    return session.guests().resolve(name + "." + boots + ".console");
  }

  private String xml() {
    return """
        <domain type='qemu'>
          <name>%1$s</name>
          <uuid>%8$s</uuid>
          <metadata>%2$s</metadata>
          <memory unit='MiB'>96</memory>
          <vcpu>1</vcpu>
          <os>
            <type arch='x86_64' machine='pc'>hvm</type>
            <kernel>%3$s</kernel>
            <initrd>%4$s</initrd>
            <cmdline>console=ttyS0 quiet panic=-1 no_timer_check virtentropy.mode=stream \
        virtentropy.fillthread=off</cmdline>
          </os>
          <features><acpi/></features>
          <cpu mode='custom' match='exact'><model>qemu64</model></cpu>
          <on_reboot>destroy</on_reboot>
          <devices>
            <controller type='usb' model='none'/>
            <memballoon model='none'/>
            <serial type='file'><source path='%5$s' append='on'/><target port='0'/></serial>
            <serial type='file'><source path='%6$s' append='on'/><target port='1'/></serial>
            %7$s
          </devices>
        </domain>
        """
        .formatted(
            name,
            metadata,
            session.file("vmlinuz"),
            session.file("initramfs"),
            console(),
            stream(boots),
            rng("", ""),
            uuid);
  }

  /**
   * An entropy device of this guest.
   *
   * @param suffix what tells its socket from those of other devices
   * @param alias its alias element, or nothing
   */
  String rng(String suffix, String alias) {
    return "<rng model='virtio'>"
        + LONG_PERIOD
        + "<backend model='egd' type='unix'><source mode='bind' path='"
        + session.guests().resolve(name + suffix + ".rng")
        + "'/></backend>"
        + alias
        + "</rng>";
  }

  /** Defines the domain anew, with a new file for its stream, and starts it. */
  void start() throws IOException, InterruptedException {
    boots++;
    session.virsh("define", Files.writeString(session.file(name + ".xml"), xml()).toString());
    session.virsh("start", name);
  }

  /** How many bytes the guest has got since it was started last. */
  long size() throws IOException {
    return FileWatch.sizeOf(stream(boots));
  }

  /** Waits until the guest has got so many more. */
  void awaitMore(long bytes) throws IOException, InterruptedException {
    awaitSize(size() + bytes);
  }

  void awaitSize(long bytes) throws IOException, InterruptedException {
    watch.await(
        () -> size() >= bytes,
        () -> "byte " + bytes + " of " + name + ", which has " + size() + "; " + lastWords());
  }

  /** Waits for a word on the console. */
  void awaitConsole(String words, int times) throws IOException, InterruptedException {
    watch.await(
        () -> text().split(words, -1).length > times,
        () -> words + " on the console of " + name + "; " + lastWords());
  }

  private String text() throws IOException {
    return Files.exists(console()) ? Files.readString(console()) : "";
  }

  String lastWords() throws IOException {
    return "its console: " + text();
  }

  /** What the guest has got since it was started last, in whole reads. */
  byte[] bytes() throws IOException {
    return wholeReads(stream(boots));
  }

  /** What it got in each of its boots. */
  List<byte[]> streams() throws IOException {
    List<byte[]> all = new ArrayList<>();
    for (int boot = 1; boot <= boots; boot++) {
      all.add(wholeReads(stream(boot)));
    }
    return all;
  }

  /** A read of which only a part has come through the serial port so far is left out. */
  private static byte[] wholeReads(Path stream) throws IOException {
    byte[] bytes = Files.readAllBytes(stream);
    return Arrays.copyOf(bytes, bytes.length / READ_BYTES * READ_BYTES);
  }
}

package io.virtentropy.vhostuser.frontend;

import io.virtentropy.vhostuser.linux.Descriptor;
import io.virtentropy.vhostuser.linux.ListeningSocket;
import io.virtentropy.vhostuser.linux.Signal;
import io.virtentropy.vhostuser.linux.SystemCallException;
import io.virtentropy.vhostuser.linux.UnixSocket;
import io.virtentropy.vhostuser.linux.Wait;
import io.virtentropy.vhostuser.protocol.MessageLayout;
import io.virtentropy.vhostuser.protocol.MessageWriter;
import io.virtentropy.vhostuser.protocol.ProtocolFeature;
import io.virtentropy.vhostuser.protocol.Request;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.driver.SplitRingDriver;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A front-end for one device with one ring, as a virtual machine monitor has it.
 *
 * <pre>{@code
 * try (SharedRam ram = SharedRam.ofSize(1 << 20);
 *     FrontEnd vm = FrontEnd.connect(path)) {
 *   SplitRingDriver ring = vm.boot(ram, 0x1000, 8);
 *   ring.post(0x8000, 64);
 *   if (ring.publish()) {
 *     vm.kick();
 *   }
 *   while (!ring.reap()) {
 *     vm.awaitCall(1_000_000_000L);
 *   }
 * }
 * }</pre>
 *
 * <p>Whatever can be right or wrong about a message can also be sent: see {@link #send}. While an
 * answer is awaited, something may be run again and again: a back-end that is polled by the same
 * thread.
 *
 * <p>Used by one thread at a time. Kicking and waiting for calls allocate nothing.
 */
public final class FrontEnd implements AutoCloseable {
  private static final long PROTOCOL_FEATURES = 1L << 30;

  private final RequestChannel channel;
  private final Signal kick;
  private final Signal call;
  private final Signal err;
  private final Wait callWait;
  private long protocolFeatures;

  private FrontEnd(Descriptor connected, Runnable meanwhile) throws SystemCallException {
    channel = new RequestChannel(connected, meanwhile);
    kick = Signal.create();
    call = Signal.create();
    err = Signal.create();
    callWait = new Wait(call.descriptor());
  }

  /**
   * Connects to a back-end that another thread or process serves.
   *
   * @param path where it listens
   * @return the front-end
   * @throws IOException if nobody listens
   */
  public static FrontEnd connect(Path path) throws IOException {
    return connect(path, null);
  }

  /**
   * Connects to a back-end.
   *
   * @param path where it listens
   * @param meanwhile run again and again while an answer is awaited; null to sleep instead
   * @return the front-end
   * @throws IOException if nobody listens
   */
  public static FrontEnd connect(Path path, Runnable meanwhile) throws IOException {
    return new FrontEnd(UnixSocket.connect(path), meanwhile);
  }

  /**
   * Waits for a back-end that connects, as QEMU with {@code server=on} does.
   *
   * @param path where to listen; nobody listens there any more when this returns
   * @param meanwhile run again and again until somebody has connected, and while an answer is
   *     awaited
   * @return the front-end
   * @throws IOException if it can't be listened there
   */
  public static FrontEnd listen(Path path, Runnable meanwhile) throws IOException {
    try (ListeningSocket listening = ListeningSocket.at(path)) {
      Descriptor connected;
      while ((connected = UnixSocket.accept(listening.descriptor())) == null) {
        meanwhile.run();
      }
      return new FrontEnd(connected, meanwhile);
    }
  }

  // ---- messages

  /**
   * Sends a message, right or wrong.
   *
   * @param request its number
   * @param flags the header's flags; 1 is the version, 8 asks for an answer
   * @param payload what follows the header
   * @param descriptors the numbers of what goes with it; they stay the caller's
   */
  public void send(int request, int flags, byte[] payload, int... descriptors) {
    channel.send(request, flags, payload, descriptors);
  }

  /**
   * Waits for a message of the back-end.
   *
   * @param request which it must answer
   * @param size how long its payload must be
   * @return the payload's first eight bytes, as far as there are so many
   * @throws ConnectionLostException if the back-end has closed the connection
   * @throws IllegalStateException if something else comes
   */
  public long receive(int request, int size) {
    return channel.receive(request, size);
  }

  /**
   * Says whether the back-end has sent something, or closed the connection.
   *
   * @return true if {@link #receive} would not wait
   */
  public boolean hasAnswer() {
    return channel.hasAnswer();
  }

  // ---- negotiation

  /**
   * Asks what the device offers.
   *
   * @return feature bits, with bit 30 for the protocol's own
   */
  public long getFeatures() {
    return channel.ask(Request.GET_FEATURES);
  }

  /**
   * Tells what the driver accepts.
   *
   * @param features feature bits; without bit 30 the ring is enabled at once
   */
  public void setFeatures(long features) {
    channel.tellWord(Request.SET_FEATURES, features);
  }

  /**
   * Asks what the back-end offers of the protocol.
   *
   * @return protocol feature bits
   */
  public long getProtocolFeatures() {
    return channel.ask(Request.GET_PROTOCOL_FEATURES);
  }

  /**
   * Tells what is used of the protocol. From then on every request is acknowledged if that is among
   * it.
   *
   * @param features protocol feature bits
   */
  public void setProtocolFeatures(long features) {
    channel.tellWord(Request.SET_PROTOCOL_FEATURES, features);
    protocolFeatures = features;
    channel.use(features);
  }

  /**
   * Goes on as if protocol features had been set in an earlier connection, as QEMU 7.2 does with a
   * back-end that was restarted.
   *
   * @param features protocol feature bits
   */
  public void resumeSession(long features) {
    protocolFeatures = features;
    channel.use(features);
  }

  /** Begins the session. */
  public void setOwner() {
    channel.begin(Request.SET_OWNER, 0);
    channel.tell(Request.SET_OWNER);
  }

  /**
   * Asks how many rings there are.
   *
   * @return the number
   */
  public long getQueueNum() {
    return channel.ask(Request.GET_QUEUE_NUM);
  }

  /**
   * Asks how many memory regions there may be.
   *
   * @return the number
   */
  public long getMaxMemSlots() {
    return channel.ask(Request.GET_MAX_MEM_SLOTS);
  }

  /** Puts the device back to the state of power-on. */
  public void resetDevice() {
    channel.begin(Request.RESET_DEVICE, 0);
    channel.tell(Request.RESET_DEVICE);
  }

  /**
   * Passes on the device status.
   *
   * @param status what the driver wrote
   */
  public void setStatus(long status) {
    channel.tellWord(Request.SET_STATUS, status);
  }

  /**
   * Asks for the device status.
   *
   * @return the status
   */
  public long getStatus() {
    return channel.ask(Request.GET_STATUS);
  }

  // ---- memory

  /**
   * Shares memory, in place of what was shared.
   *
   * @param ram up to eight regions
   */
  public void setMemTable(SharedRam ram) {
    int count = ram.regions().size();
    int[] descriptors = new int[count];
    MessageWriter message =
        channel
            .begin(
                Request.SET_MEM_TABLE,
                MessageLayout.TABLE_REGIONS + MessageLayout.REGION_BYTES * count)
            .putInt(MessageLayout.TABLE_COUNT, count);
    for (int i = 0; i < count; i++) {
      descriptors[i] = ram.descriptor(i);
      putRegion(
          message,
          MessageLayout.TABLE_REGIONS + MessageLayout.REGION_BYTES * i,
          ram.regions().get(i));
    }
    channel.tell(Request.SET_MEM_TABLE, descriptors);
  }

  /**
   * Shares one more region.
   *
   * @param ram where it is
   * @param region its place there
   */
  public void addMemReg(SharedRam ram, int region) {
    MessageWriter message = channel.begin(Request.ADD_MEM_REG, MessageLayout.SINGLE_REGION_BYTES);
    putRegion(message, MessageLayout.SINGLE_REGION, ram.regions().get(region));
    channel.tell(Request.ADD_MEM_REG, ram.descriptor(region));
  }

  /**
   * Shares one region less.
   *
   * @param ram where it is
   * @param region its place there
   */
  public void remMemReg(SharedRam ram, int region) {
    MessageWriter message = channel.begin(Request.REM_MEM_REG, MessageLayout.SINGLE_REGION_BYTES);
    putRegion(message, MessageLayout.SINGLE_REGION, ram.regions().get(region));
    channel.tell(Request.REM_MEM_REG);
  }

  private static void putRegion(MessageWriter message, int offset, SharedRam.Region region) {
    message
        .putLong(offset + MessageLayout.REGION_GUEST, region.guestAddress())
        .putLong(offset + MessageLayout.REGION_SIZE, region.size())
        .putLong(offset + MessageLayout.REGION_USER, region.userAddress())
        .putLong(offset + MessageLayout.REGION_OFFSET, region.fileOffset());
  }

  // ---- the ring

  /**
   * Tells the ring's size.
   *
   * @param size a power of 2
   */
  public void setVringNum(int size) {
    channel.tellState(Request.SET_VRING_NUM, size);
  }

  /**
   * Tells where the ring's parts are.
   *
   * @param ring the driver's side of it
   */
  public void setVringAddr(SplitRingDriver ring) {
    channel
        .begin(Request.SET_VRING_ADDR, MessageLayout.ADDRESS_BYTES)
        .putLong(MessageLayout.ADDRESS_DESCRIPTORS, SharedRam.userAddress(ring.descriptorTable()))
        .putLong(MessageLayout.ADDRESS_USED, SharedRam.userAddress(ring.usedRing()))
        .putLong(MessageLayout.ADDRESS_AVAIL, SharedRam.userAddress(ring.availRing()));
    channel.tell(Request.SET_VRING_ADDR);
  }

  /**
   * Tells where in the ring to begin.
   *
   * @param availIndex a free-running 16-bit index
   */
  public void setVringBase(int availIndex) {
    channel.tellState(Request.SET_VRING_BASE, availIndex);
  }

  /**
   * Stops the ring.
   *
   * @return the next available index
   */
  public int getVringBase() {
    return (int) (channel.askState(Request.GET_VRING_BASE) >>> 32);
  }

  /** Starts the ring, to be kicked by {@link #kick}. */
  public void setVringKick() {
    tellSignal(Request.SET_VRING_KICK, kick);
  }

  /** Starts the ring, to be polled. */
  public void setVringKickToPoll() {
    channel.tellWord(Request.SET_VRING_KICK, MessageLayout.DESCRIPTOR_NONE);
  }

  /** Has used buffers announced through {@link #called}. */
  public void setVringCall() {
    tellSignal(Request.SET_VRING_CALL, call);
  }

  /** Has used buffers announced to nobody. */
  public void setVringCallToNone() {
    channel.tellWord(Request.SET_VRING_CALL, MessageLayout.DESCRIPTOR_NONE);
  }

  /** Has a broken ring announced through {@link #errored}. */
  public void setVringErr() {
    tellSignal(Request.SET_VRING_ERR, err);
  }

  private void tellSignal(Request request, Signal signal) {
    channel.tellWord(request, 0, signal.descriptor().number());
  }

  /**
   * Enables or disables the ring.
   *
   * @param on which of the two
   */
  public void setVringEnable(boolean on) {
    channel.tellState(Request.SET_VRING_ENABLE, on ? 1 : 0);
  }

  /**
   * Brings the device to life the way QEMU does, with everything it offers.
   *
   * @param ram what to share
   * @param ringBase where in it the ring goes, a multiple of 16
   * @param queueSize its size
   * @return the driver's side of the ring
   */
  public SplitRingDriver boot(SharedRam ram, long ringBase, int queueSize) {
    return boot(ram, ringBase, queueSize, -1L, -1L);
  }

  /**
   * Brings the device to life the way QEMU does.
   *
   * @param ram what to share
   * @param ringBase where in it the ring goes, a multiple of 16
   * @param queueSize its size
   * @param wanted the features to accept if they are offered; bit 30 always is
   * @param wantedProtocol the protocol features to accept if they are offered
   * @return the driver's side of the ring
   */
  public SplitRingDriver boot(
      SharedRam ram, long ringBase, int queueSize, long wanted, long wantedProtocol) {
    long features = negotiate(wanted, wantedProtocol);
    setFeatures(features);
    if ((protocolFeatures & ProtocolFeature.CONFIGURE_MEM_SLOTS.mask()) == 0) {
      setMemTable(ram);
    } else {
      for (int i = 0; i < ram.regions().size(); i++) {
        addMemReg(ram, i);
      }
    }
    boolean eventIndex = (features & VirtioFeature.EVENT_IDX) != 0;
    SplitRingDriver ring = new SplitRingDriver(ram.memory(), ringBase, queueSize, eventIndex);
    startRing(ring, 0);
    return ring;
  }

  /**
   * Negotiates as QEMU does when a device is made, up to but without SET_FEATURES.
   *
   * @param wanted the features to accept if they are offered; bit 30 always is
   * @param wantedProtocol the protocol features to accept if they are offered
   * @return the features to set
   */
  public long negotiate(long wanted, long wantedProtocol) {
    long offered = getFeatures();
    setProtocolFeatures(getProtocolFeatures() & wantedProtocol);
    setOwner();
    setVringCall();
    setVringErr();
    return offered & (wanted | PROTOCOL_FEATURES);
  }

  /**
   * Starts a ring as QEMU does when the driver is ready.
   *
   * @param ring the driver's side of it
   * @param base where to begin
   */
  public void startRing(SplitRingDriver ring, int base) {
    setVringNum(ring.size());
    setVringBase(base);
    setVringAddr(ring);
    setVringKick();
    setVringEnable(true);
    setVringCall();
  }

  // ---- signals

  /** Tells the back-end that buffers are there. */
  public void kick() {
    kick.send();
  }

  /**
   * Looks for a call without waiting, and takes it.
   *
   * @return true if there was one
   */
  public boolean called() {
    return call.drain();
  }

  /**
   * Waits for a call, and takes it.
   *
   * @param nanos the longest time
   * @return true if there was one
   */
  public boolean awaitCall(long nanos) {
    return callWait.await(nanos) && call.drain();
  }

  /**
   * Looks without waiting whether the back-end has found the ring broken.
   *
   * @return true if it has since the last call
   */
  public boolean errored() {
    return err.drain();
  }

  /** Leaves, without a word as all front-ends do. Idempotent. */
  @Override
  public void close() {
    channel.close();
    kick.close();
    call.close();
    err.close();
  }
}

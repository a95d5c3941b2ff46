package io.virtentropy.vhostuser;

import io.virtentropy.vhostuser.linux.DescriptorBatch;
import io.virtentropy.vhostuser.linux.Signal;
import io.virtentropy.vhostuser.linux.SystemCallException;
import io.virtentropy.vhostuser.memory.MemoryTable;
import io.virtentropy.vhostuser.memory.RegionDescription;
import io.virtentropy.vhostuser.memory.RegionRefusedException;
import io.virtentropy.vhostuser.protocol.MalformedMessageException;
import io.virtentropy.vhostuser.protocol.Message;
import io.virtentropy.vhostuser.protocol.MessageLayout;
import io.virtentropy.vhostuser.protocol.MessageWriter;
import io.virtentropy.vhostuser.protocol.ProtocolFeature;
import io.virtentropy.vhostuser.protocol.Request;
import io.virtentropy.virtio.device.DeviceStatus;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.queue.RingFault.RingPart;
import io.virtentropy.virtio.queue.SplitRingLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * What a front-end has said since it connected, and what is done about it.
 *
 * <p>A message that breaks the rules of form ends the connection. One that is well formed but can't
 * be granted is refused: with an answer, if the front-end asked for one, else by ending the
 * connection too, since the front-end would go on believing that it was granted.
 */
final class Session {
  /** {@code VHOST_USER_F_PROTOCOL_FEATURES}: never a feature of the guest's. */
  static final long PROTOCOL_FEATURES = 1L << 30;

  static final long DEVICE_FEATURES =
      VirtioFeature.INDIRECT_DESC | VirtioFeature.EVENT_IDX | VirtioFeature.VERSION_1;

  /** What is offered to a front-end that connects to us. */
  static final long OFFERED_TO_CLIENT =
      ProtocolFeature.MQ.mask()
          | ProtocolFeature.REPLY_ACK.mask()
          | ProtocolFeature.RESET_DEVICE.mask()
          | ProtocolFeature.CONFIGURE_MEM_SLOTS.mask()
          | ProtocolFeature.STATUS.mask();

  /**
   * What is offered to a front-end that we connect to. QEMU 7.2, the one version that survives the
   * loss of such a back-end, does not add its memory again to the next one if it could add memory
   * slot by slot to the last, so that the guest would be dead.
   */
  static final long OFFERED_TO_LISTENER =
      OFFERED_TO_CLIENT & ~ProtocolFeature.CONFIGURE_MEM_SLOTS.mask();

  private static final int QUEUES = 1;
  private static final int INDEX_MASK = 0xffff;

  private final Vring ring;
  private final MemoryTable table;
  private final MessageWriter writer;
  private final Host host;
  private final boolean mayResume;
  private final long offered;

  private boolean anyMessage;
  private long features;
  private long protocolFeatures;
  private int status;

  /** Where a session's doings are told. */
  interface Host {
    /** A kick descriptor is to be waited for. */
    void watchKick(Signal kick) throws SystemCallException;

    /** The ring has been started. */
    void started();

    /** A request was refused. */
    void refused(String what);
  }

  /** The front-end has left so many replies unread that there is no room for one more. */
  static final class RepliesUnreadException extends Exception {
    private static final long serialVersionUID = 1L;

    RepliesUnreadException() {
      super(null, null, false, false);
    }
  }

  /**
   * Begins a session.
   *
   * @param mayResume whether the front-end may go on from a session with a former process, without
   *     negotiating anew, as QEMU 7.2 does when it is the one that listens
   */
  Session(Vring ring, MemoryTable table, MessageWriter writer, Host host, boolean mayResume) {
    this.ring = ring;
    this.table = table;
    this.writer = writer;
    this.host = host;
    this.mayResume = mayResume;
    this.offered = mayResume ? OFFERED_TO_LISTENER : OFFERED_TO_CLIENT;
  }

  Negotiation negotiation() {
    return new Negotiation(
        features & ~PROTOCOL_FEATURES,
        protocolFeatures,
        table.size(),
        table.totalBytes(),
        ring.size());
  }

  void handle(Message message)
      throws MalformedMessageException, SystemCallException, RepliesUnreadException {
    if ((message.flags() & MessageLayout.REPLY) != 0) {
      throw new MalformedMessageException(message.describe() + " is a reply to nothing");
    }
    Request request = Request.of(message.number());
    noteFirst(request);
    String refusal = refusalAtTheGate(message, request);
    boolean gateShut = refusal != null;
    if (!gateShut) {
      checkForm(message, request);
      try {
        perform(message, request);
      } catch (RefusedException e) {
        refusal = message.describe() + ": " + e.getMessage();
      }
    }
    boolean ownAnswer = request != null && request.answer() == Request.Answer.OWN && !gateShut;
    if (ownAnswer && refusal == null) {
      return;
    }
    boolean asked =
        (message.flags() & MessageLayout.NEED_REPLY) != 0 && negotiated(ProtocolFeature.REPLY_ACK);
    if (refusal != null) {
      // A failure can't be told in place of a reply of the request's own.
      if (!asked || ownAnswer) {
        throw new MalformedMessageException(refusal);
      }
      host.refused(refusal);
    }
    if (asked) {
      reply(message, refusal == null ? 0 : 1);
    }
  }

  private void noteFirst(Request request) {
    if (anyMessage) {
      return;
    }
    anyMessage = true;
    boolean resumes =
        request == Request.SET_VRING_CALL
            || request == Request.SET_FEATURES
            || request == Request.GET_STATUS;
    if (mayResume && resumes) {
      protocolFeatures = offered;
    }
  }

  private boolean negotiated(ProtocolFeature feature) {
    return (protocolFeatures & feature.mask()) != 0;
  }

  private String refusalAtTheGate(Message message, Request request) {
    if (request == null) {
      return message.describe() + " is not known";
    }
    ProtocolFeature needed = request.protocolFeature();
    if (needed != null && !negotiated(needed)) {
      return message.describe() + " needs " + needed + ", which was not negotiated";
    }
    int bit = request.featureBit();
    if (bit != Request.NO_FEATURE && (features & 1L << bit) == 0) {
      return message.describe() + " needs feature bit " + bit + ", which was not negotiated";
    }
    return null;
  }

  private static void checkForm(Message message, Request request) throws MalformedMessageException {
    if (request.payloadBytes() != Request.ANY && message.size() != request.payloadBytes()) {
      throw new MalformedMessageException(
          message.describe()
              + " has a payload of "
              + message.size()
              + " bytes; "
              + request.payloadBytes()
              + " is accepted");
    }
    int count = message.descriptors().count();
    if (!request.descriptors().allows(count)) {
      throw new MalformedMessageException(
          message.describe()
              + " came with "
              + count
              + " descriptors; "
              + request.descriptors()
              + " is accepted");
    }
  }

  private void perform(Message message, Request request)
      throws RefusedException,
          MalformedMessageException,
          SystemCallException,
          RepliesUnreadException {
    switch (request) {
      case GET_FEATURES -> reply(message, DEVICE_FEATURES | PROTOCOL_FEATURES);
      case SET_FEATURES -> setFeatures(message.longAt(0));
      case SET_OWNER, RESET_OWNER -> {
        // The connection is the session. RESET_OWNER is deprecated and means nothing.
      }
      case SET_MEM_TABLE -> setMemoryTable(message);
      case SET_VRING_NUM -> setSize(message);
      case SET_VRING_ADDR -> setAddresses(message);
      case SET_VRING_BASE -> setBase(message);
      case GET_VRING_BASE -> getBase(message);
      case SET_VRING_KICK -> setKick(message);
      case SET_VRING_CALL -> ring.setCall(signalOf(message));
      case SET_VRING_ERR -> ring.setErr(signalOf(message));
      case GET_PROTOCOL_FEATURES -> reply(message, offered);
      case SET_PROTOCOL_FEATURES -> setProtocolFeatures(message.longAt(0));
      case GET_QUEUE_NUM -> reply(message, QUEUES);
      case SET_VRING_ENABLE -> setEnabled(message);
      case RESET_DEVICE -> resetDevice();
      case GET_MAX_MEM_SLOTS -> reply(message, MemoryTable.MOST_REGIONS);
      case ADD_MEM_REG -> addRegion(message);
      case REM_MEM_REG -> removeRegion(message);
      case SET_STATUS -> setStatus(message.longAt(0));
      case GET_STATUS -> reply(message, status());
      default -> throw new IllegalStateException(request + " is never negotiated");
    }
  }

  // ---- features and status

  private void setFeatures(long accepted) throws RefusedException {
    long unknown = accepted & ~(DEVICE_FEATURES | PROTOCOL_FEATURES);
    if (unknown != 0) {
      throw new RefusedException(
          "feature bits 0x" + Long.toHexString(unknown) + " were not offered");
    }
    features = accepted;
    ring.negotiate(accepted);
    if ((accepted & PROTOCOL_FEATURES) == 0) {
      enableRing(true); // there will be no SET_VRING_ENABLE
    }
  }

  private void setProtocolFeatures(long accepted) throws RefusedException {
    long unknown = accepted & ~offered;
    if (unknown != 0) {
      throw new RefusedException(
          "protocol features " + ProtocolFeature.describe(unknown) + " were not offered");
    }
    protocolFeatures = accepted;
  }

  private int status() {
    return ring.fault() == null ? status : status | DeviceStatus.DEVICE_NEEDS_RESET;
  }

  private void setStatus(long value) throws RefusedException {
    if (value < 0 || value > 0xff) {
      throw new RefusedException(
          "the status 0x" + Long.toHexString(value) + " is more than a byte");
    }
    if (value == 0) {
      resetDevice();
    } else {
      status = (int) value & ~DeviceStatus.DEVICE_NEEDS_RESET;
    }
  }

  /** What the driver negotiated is gone; memory, descriptors and the protocol's features stay. */
  private void resetDevice() {
    ring.reset();
    features &= PROTOCOL_FEATURES;
    status = 0;
  }

  // ---- memory

  private void setMemoryTable(Message message) throws RefusedException, MalformedMessageException {
    int size = message.size();
    int count = size < MessageLayout.TABLE_REGIONS ? -1 : message.intAt(MessageLayout.TABLE_COUNT);
    if (count < 0
        || count > MessageLayout.TABLE_MOST_REGIONS
        || size != MessageLayout.TABLE_REGIONS + MessageLayout.REGION_BYTES * count
        || message.descriptors().count() != count) {
      throw new MalformedMessageException(
          message.describe()
              + " has "
              + size
              + " bytes and "
              + message.descriptors().count()
              + " descriptors for "
              + Integer.toUnsignedString(count)
              + " regions");
    }
    List<RegionDescription> regions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      regions.add(regionAt(message, MessageLayout.TABLE_REGIONS + MessageLayout.REGION_BYTES * i));
    }
    ring.detach();
    try {
      table.replace(regions, message.descriptors());
    } catch (RegionRefusedException e) {
      throw new RefusedException(e.getMessage());
    } finally {
      ring.attach();
    }
  }

  private void addRegion(Message message) throws RefusedException {
    RegionDescription region = regionAt(message, MessageLayout.SINGLE_REGION);
    try {
      table.add(region, message.descriptors().take(0));
    } catch (RegionRefusedException e) {
      throw new RefusedException(e.getMessage());
    }
    ring.attach();
  }

  private void removeRegion(Message message) throws RefusedException {
    ring.detach();
    try {
      table.remove(regionAt(message, MessageLayout.SINGLE_REGION));
    } catch (RegionRefusedException e) {
      throw new RefusedException(e.getMessage());
    } finally {
      ring.attach();
    }
  }

  private static RegionDescription regionAt(Message message, int offset) {
    return new RegionDescription(
        message.longAt(offset + MessageLayout.REGION_GUEST),
        message.longAt(offset + MessageLayout.REGION_SIZE),
        message.longAt(offset + MessageLayout.REGION_USER),
        message.longAt(offset + MessageLayout.REGION_OFFSET));
  }

  // ---- the ring

  private static void requireRing(long index) throws RefusedException {
    if (index != 0) {
      throw new RefusedException(
          "there is no ring " + Long.toUnsignedString(index) + "; 0 is the only one");
    }
  }

  private static void requireRing(Message message) throws RefusedException {
    requireRing(message.intAt(MessageLayout.STATE_INDEX) & 0xffff_ffffL);
  }

  private void setSize(Message message) throws RefusedException {
    requireRing(message);
    int size = message.intAt(MessageLayout.STATE_NUM);
    if (!ring.chooseSize(size)) {
      throw new RefusedException(
          "a ring of "
              + Integer.toUnsignedString(size)
              + (ring.isStarted() ? " while it runs" : "")
              + "; a power of 2 up to "
              + ring.maxSize()
              + " is accepted while it is stopped");
    }
  }

  private void setAddresses(Message message) throws RefusedException {
    requireRing(message.intAt(MessageLayout.ADDRESS_INDEX) & 0xffff_ffffL);
    long descriptors = message.longAt(MessageLayout.ADDRESS_DESCRIPTORS);
    long used = message.longAt(MessageLayout.ADDRESS_USED);
    long avail = message.longAt(MessageLayout.ADDRESS_AVAIL);
    requireAligned(RingPart.DESCRIPTOR_TABLE, descriptors, SplitRingLayout.DESCRIPTOR_ALIGN);
    requireAligned(RingPart.USED_RING, used, SplitRingLayout.USED_ALIGN);
    requireAligned(RingPart.AVAIL_RING, avail, SplitRingLayout.AVAIL_ALIGN);
    RingPart nowhere = ring.place(descriptors, used, avail);
    if (nowhere != null) {
      throw new RefusedException("the " + nowhere + " is not in the guest's memory");
    }
  }

  private static void requireAligned(RingPart part, long address, int align)
      throws RefusedException {
    if ((address & (align - 1)) != 0) {
      throw new RefusedException(
          "the " + part + " at 0x" + Long.toHexString(address) + " is not aligned to " + align);
    }
  }

  private void setBase(Message message) throws RefusedException {
    requireRing(message);
    int base = message.intAt(MessageLayout.STATE_NUM);
    if ((base & ~INDEX_MASK) != 0) {
      throw new RefusedException(
          "the base " + Integer.toUnsignedString(base) + "; 0 to 65535 is accepted");
    }
    if (!ring.begin(base)) {
      throw new RefusedException("the base can't be moved while the ring runs");
    }
  }

  private void getBase(Message message)
      throws RefusedException, SystemCallException, RepliesUnreadException {
    requireRing(message);
    int base = ring.stop();
    writer
        .beginReply(message.number(), MessageLayout.STATE_BYTES)
        .putInt(MessageLayout.STATE_NUM, base);
    send();
  }

  private void setEnabled(Message message) throws RefusedException {
    requireRing(message);
    int on = message.intAt(MessageLayout.STATE_NUM);
    if ((on & ~1) != 0) {
      throw new RefusedException(Integer.toUnsignedString(on) + "; 0 and 1 are accepted");
    }
    enableRing(on == 1);
  }

  private void enableRing(boolean on) {
    boolean wasLive = ring.isLive();
    ring.enable(on);
    noteStart(wasLive);
  }

  private void setKick(Message message) throws RefusedException {
    Signal kick = signalOf(message);
    if (kick != null) {
      try {
        host.watchKick(kick);
      } catch (SystemCallException e) {
        kick.close();
        throw new RefusedException("the descriptor can't be waited for: " + e.getMessage());
      }
    }
    boolean wasLive = ring.isLive();
    ring.start(kick);
    noteStart(wasLive);
  }

  private void noteStart(boolean wasLive) {
    if (!wasLive && ring.isLive()) {
      host.started();
    }
  }

  /** Takes the signal a message brings for the ring; null if it says that there is none. */
  private static Signal signalOf(Message message) throws RefusedException {
    long word = message.longAt(0);
    requireRing(word & MessageLayout.DESCRIPTOR_INDEX_MASK);
    long strange = word & ~(MessageLayout.DESCRIPTOR_INDEX_MASK | MessageLayout.DESCRIPTOR_NONE);
    boolean none = (word & MessageLayout.DESCRIPTOR_NONE) != 0;
    DescriptorBatch descriptors = message.descriptors();
    if (strange != 0 || none != (descriptors.count() == 0)) {
      throw new RefusedException(
          "0x" + Long.toHexString(word) + " with " + descriptors.count() + " descriptors");
    }
    if (none) {
      return null;
    }
    try {
      Signal signal = Signal.adopt(descriptors.take(0));
      if (signal == null) {
        throw new RefusedException("the descriptor is neither an eventfd nor a pipe");
      }
      return signal;
    } catch (SystemCallException e) {
      throw new RefusedException("the descriptor is of no use: " + e.getMessage());
    }
  }

  // ---- replies

  private void reply(Message message, long value)
      throws SystemCallException, RepliesUnreadException {
    writer.beginReply(message.number(), MessageLayout.U64_BYTES).putLong(0, value);
    send();
  }

  private void send() throws SystemCallException, RepliesUnreadException {
    if (!writer.send()) {
      throw new RepliesUnreadException();
    }
  }
}

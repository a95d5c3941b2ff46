package io.virtentropy.vhostuser.protocol;

import static io.virtentropy.vhostuser.protocol.MessageLayout.ADDRESS_BYTES;
import static io.virtentropy.vhostuser.protocol.MessageLayout.SINGLE_REGION_BYTES;
import static io.virtentropy.vhostuser.protocol.MessageLayout.STATE_BYTES;
import static io.virtentropy.vhostuser.protocol.MessageLayout.U64_BYTES;

/**
 * The requests of a front-end: what they look like, how they are answered and what must have been
 * negotiated before. The ones that this back-end never negotiates are here too, so that a log names
 * them; only that of a graphics device, 33, is left out.
 */
public enum Request {
  /** What the device offers. */
  GET_FEATURES(1, 0, Descriptors.NONE, Answer.OWN),
  /** What the driver accepted. */
  SET_FEATURES(2, U64_BYTES, Descriptors.NONE, Answer.IF_ASKED),
  /** The session begins. */
  SET_OWNER(3, 0, Descriptors.NONE, Answer.IF_ASKED),
  /** Deprecated; means nothing. */
  RESET_OWNER(4, 0, Descriptors.NONE, Answer.IF_ASKED),
  /** The guest's memory, all of it. */
  SET_MEM_TABLE(5, Request.ANY, Descriptors.ANY, Answer.IF_ASKED),
  /** Where to note dirty pages. */
  SET_LOG_BASE(6, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, 26),
  /** Whom to tell of dirty pages. */
  SET_LOG_FD(7, Request.ANY, Descriptors.ONE, Answer.IF_ASKED, 26),
  /** A ring's size. */
  SET_VRING_NUM(8, STATE_BYTES, Descriptors.NONE, Answer.IF_ASKED),
  /** Where a ring's parts are. */
  SET_VRING_ADDR(9, ADDRESS_BYTES, Descriptors.NONE, Answer.IF_ASKED),
  /** Where in a ring to begin. */
  SET_VRING_BASE(10, STATE_BYTES, Descriptors.NONE, Answer.IF_ASKED),
  /** Stop a ring and say how far it came. */
  GET_VRING_BASE(11, STATE_BYTES, Descriptors.NONE, Answer.OWN),
  /** How the driver notifies; starts the ring. */
  SET_VRING_KICK(12, U64_BYTES, Descriptors.AT_MOST_ONE, Answer.IF_ASKED),
  /** How the driver is notified. */
  SET_VRING_CALL(13, U64_BYTES, Descriptors.AT_MOST_ONE, Answer.IF_ASKED),
  /** Whom to tell of a ring's fault. */
  SET_VRING_ERR(14, U64_BYTES, Descriptors.AT_MOST_ONE, Answer.IF_ASKED),
  /** What the back-end offers of the protocol. */
  GET_PROTOCOL_FEATURES(15, 0, Descriptors.NONE, Answer.OWN),
  /** What the front-end accepted of the protocol. */
  SET_PROTOCOL_FEATURES(16, U64_BYTES, Descriptors.NONE, Answer.IF_ASKED),
  /** How many rings there are. */
  GET_QUEUE_NUM(17, 0, Descriptors.NONE, Answer.OWN, ProtocolFeature.MQ),
  /** Enable or disable a ring. */
  SET_VRING_ENABLE(18, STATE_BYTES, Descriptors.NONE, Answer.IF_ASKED, 30),
  /** Announce a network interface. */
  SEND_RARP(19, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, ProtocolFeature.RARP),
  /** A network interface's MTU. */
  NET_SET_MTU(20, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, ProtocolFeature.MTU),
  /** The socket for the back-end's requests. */
  SET_BACKEND_REQ_FD(
      21, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, ProtocolFeature.BACKEND_REQ),
  /** A change of address translation. */
  IOTLB_MSG(22, Request.ANY, Descriptors.ANY, Answer.OWN, 33),
  /** A ring's byte order. */
  SET_VRING_ENDIAN(23, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, ProtocolFeature.CROSS_ENDIAN),
  /** Read the configuration space. */
  GET_CONFIG(24, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.CONFIG),
  /** Write the configuration space. */
  SET_CONFIG(25, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, ProtocolFeature.CONFIG),
  /** Open a crypto session. */
  CREATE_CRYPTO_SESSION(
      26, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.CRYPTO_SESSION),
  /** End a crypto session. */
  CLOSE_CRYPTO_SESSION(
      27, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, ProtocolFeature.CRYPTO_SESSION),
  /** Memory will arrive late. */
  POSTCOPY_ADVISE(28, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.PAGEFAULT),
  /** Memory arrives late from now on. */
  POSTCOPY_LISTEN(29, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, ProtocolFeature.PAGEFAULT),
  /** All memory is there. */
  POSTCOPY_END(30, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.PAGEFAULT),
  /** Make a record of requests in flight. */
  GET_INFLIGHT_FD(31, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.INFLIGHT_SHMFD),
  /** Use a record of requests in flight. */
  SET_INFLIGHT_FD(
      32, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, ProtocolFeature.INFLIGHT_SHMFD),
  /** Back to the state of power-on. */
  RESET_DEVICE(34, 0, Descriptors.NONE, Answer.IF_ASKED, ProtocolFeature.RESET_DEVICE),
  /** A kick as a message. */
  VRING_KICK(
      35, Request.ANY, Descriptors.ANY, Answer.IF_ASKED, ProtocolFeature.INBAND_NOTIFICATIONS),
  /** How many memory regions there may be. */
  GET_MAX_MEM_SLOTS(36, 0, Descriptors.NONE, Answer.OWN, ProtocolFeature.CONFIGURE_MEM_SLOTS),
  /** One more memory region. */
  ADD_MEM_REG(
      37,
      SINGLE_REGION_BYTES,
      Descriptors.ONE,
      Answer.IF_ASKED,
      ProtocolFeature.CONFIGURE_MEM_SLOTS),
  /** One memory region less. */
  REM_MEM_REG(
      38,
      SINGLE_REGION_BYTES,
      Descriptors.AT_MOST_ONE,
      Answer.IF_ASKED,
      ProtocolFeature.CONFIGURE_MEM_SLOTS),
  /** The device status the driver wrote. */
  SET_STATUS(39, U64_BYTES, Descriptors.NONE, Answer.IF_ASKED, ProtocolFeature.STATUS),
  /** The device status. */
  GET_STATUS(40, 0, Descriptors.NONE, Answer.OWN, ProtocolFeature.STATUS),
  /** An object shared between back-ends. */
  GET_SHARED_OBJECT(41, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.SHARED_OBJECT),
  /** Begin to transfer the device's state. */
  SET_DEVICE_STATE_FD(42, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.DEVICE_STATE),
  /** Has the device's state been transferred? */
  CHECK_DEVICE_STATE(43, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.DEVICE_STATE),
  /** What shared memory the device has. */
  GET_SHMEM_CONFIG(44, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.SHMEM),
  /** Stop a ring without waiting. */
  GET_VRING_BASE_SKIP_DRAIN(
      45, Request.ANY, Descriptors.ANY, Answer.OWN, ProtocolFeature.GET_VRING_BASE_SKIP_DRAIN);

  /** A payload whose size only the request's own code can judge. */
  public static final int ANY = -1;

  /** No feature need have been negotiated. */
  public static final int NO_FEATURE = -1;

  /** How many descriptors come with a request. */
  public enum Descriptors {
    /** None. */
    NONE(0, 0),
    /** Exactly one. */
    ONE(1, 1),
    /** One or none. */
    AT_MOST_ONE(0, 1),
    /** For the request's own code to judge. */
    ANY(0, MessageLayout.MOST_DESCRIPTORS);

    private final int least;
    private final int most;

    Descriptors(int least, int most) {
      this.least = least;
      this.most = most;
    }

    /**
     * Judges a number.
     *
     * @param count how many came
     * @return true if so many may come
     */
    public boolean allows(int count) {
      return count >= least && count <= most;
    }
  }

  /** How a request is answered. */
  public enum Answer {
    /** Always, with a reply of its own. */
    OWN,
    /** With success or failure, if the front-end asks for that and REPLY_ACK was negotiated. */
    IF_ASKED
  }

  private static final int LAST = 45;
  private static final Request[] BY_NUMBER = new Request[LAST + 1];

  static {
    for (Request request : values()) {
      BY_NUMBER[request.number] = request;
    }
  }

  private final int number;
  private final int payloadBytes;
  private final Descriptors descriptors;
  private final Answer answer;
  private final int featureBit;
  private final ProtocolFeature protocolFeature;

  Request(int number, int payloadBytes, Descriptors descriptors, Answer answer) {
    this(number, payloadBytes, descriptors, answer, NO_FEATURE, null);
  }

  Request(int number, int payloadBytes, Descriptors descriptors, Answer answer, int featureBit) {
    this(number, payloadBytes, descriptors, answer, featureBit, null);
  }

  Request(
      int number,
      int payloadBytes,
      Descriptors descriptors,
      Answer answer,
      ProtocolFeature protocolFeature) {
    this(number, payloadBytes, descriptors, answer, NO_FEATURE, protocolFeature);
  }

  Request(
      int number,
      int payloadBytes,
      Descriptors descriptors,
      Answer answer,
      int featureBit,
      ProtocolFeature protocolFeature) {
    this.number = number;
    this.payloadBytes = payloadBytes;
    this.descriptors = descriptors;
    this.answer = answer;
    this.featureBit = featureBit;
    this.protocolFeature = protocolFeature;
  }

  /**
   * Finds a request.
   *
   * @param number its number on the wire
   * @return the request, or null if there is none
   */
  public static Request of(int number) {
    return number > 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }

  /**
   * The number on the wire.
   *
   * @return 1 or more
   */
  public int number() {
    return number;
  }

  /**
   * The payload's size.
   *
   * @return bytes, or {@link #ANY}
   */
  public int payloadBytes() {
    return payloadBytes;
  }

  /**
   * How many descriptors come with it.
   *
   * @return a rule
   */
  public Descriptors descriptors() {
    return descriptors;
  }

  /**
   * How it is answered.
   *
   * @return a rule
   */
  public Answer answer() {
    return answer;
  }

  /**
   * The protocol feature that must have been negotiated.
   *
   * @return a feature, or null if none is needed
   */
  public ProtocolFeature protocolFeature() {
    return protocolFeature;
  }

  /**
   * The feature of the device or of vhost that must have been negotiated.
   *
   * @return its bit, or {@link #NO_FEATURE}
   */
  public int featureBit() {
    return featureBit;
  }
}

package io.virtentropy.vhostuser;

import static io.virtentropy.vhostuser.RawFrontEnd.message;
import static io.virtentropy.vhostuser.RawFrontEnd.u64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.vhostuser.Disconnection.Cause;
import io.virtentropy.vhostuser.frontend.ConnectionLostException;
import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.RefusedException;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.vhostuser.protocol.ProtocolFeature;
import io.virtentropy.vhostuser.protocol.Request;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.driver.SplitRingDriver;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A session")
final class SessionTest {
  private static final int VERSION = 1;
  private static final int NEED_REPLY = 8;
  private static final long BIT_30 = 1L << 30;
  private static final long DEVICE =
      VirtioFeature.VERSION_1 | VirtioFeature.INDIRECT_DESC | VirtioFeature.EVENT_IDX;

  private final Rig rig = new Rig();

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  @DisplayName("should offer what the device has, and bit 30 (VU-FEAT-01)")
  void offers() {
    try (FrontEnd vm = rig.connect()) {
      assertEquals(DEVICE | BIT_30, vm.getFeatures());
    }
  }

  @Test
  @DisplayName("should tell protocol features before anything else (VU-FEAT-02)")
  void protocolFeaturesFirst() {
    try (FrontEnd vm = rig.connect()) {
      long offered = vm.getProtocolFeatures();
      assertEquals(1L << 0 | 1L << 3 | 1L << 13 | 1L << 15 | 1L << 16, offered);
      vm.setProtocolFeatures(offered);
      assertEquals(1, vm.getQueueNum());
      assertEquals(509, vm.getMaxMemSlots());
      assertEquals(0, vm.getStatus());
    }
  }

  @Test
  @DisplayName("should answer with flags 5 and an exact size, once, need_reply or not (MIST-51)")
  void oneReply() {
    try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      raw.send(message(16, VERSION, 8, u64(1L << 3)));
      raw.send(message(1, VERSION | NEED_REPLY, 0));
      rig.settle();
      assertArrayEquals(message(1, 5, 8, u64(DEVICE | BIT_30)), raw.received());
    }
  }

  @Test
  @DisplayName(
      "should acknowledge when asked to, once that is negotiated (VU-ACK-01, VU-ACK-03, MIST-51)")
  void acknowledges() {
    try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      raw.send(message(3, VERSION | NEED_REPLY, 0));
      rig.settle();
      assertEquals(0, raw.received().length);
      raw.send(message(16, VERSION, 8, u64(1L << 3)));
      raw.send(message(3, VERSION, 0));
      rig.settle();
      assertEquals(0, raw.received().length);
      raw.send(message(3, VERSION | NEED_REPLY, 0));
      rig.settle();
      assertArrayEquals(message(3, 5, 8, u64(0)), raw.received());
    }
  }

  @Test
  @DisplayName("should put messages together from single bytes and take them apart (VU-HDR-05)")
  void reassembles() {
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(message(16, VERSION, 8, u64(1L << 3)));
    stream.writeBytes(message(1, VERSION, 0));
    stream.writeBytes(message(2, VERSION | NEED_REPLY, 8, u64(DEVICE | BIT_30)));
    stream.writeBytes(message(15, VERSION, 0));
    byte[] whole = exchange(stream.toByteArray(), stream.size());
    byte[] single = exchange(stream.toByteArray(), 1);
    assertEquals(3 * 20, whole.length);
    assertArrayEquals(whole, single);
  }

  private byte[] exchange(byte[] bytes, int piece) {
    try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      for (int i = 0; i < bytes.length; i += piece) {
        byte[] part = new byte[piece];
        System.arraycopy(bytes, i, part, 0, piece);
        assertTrue(raw.send(part));
        rig.settle();
      }
      return raw.received();
    } finally {
      rig.settle();
    }
  }

  /** Every request that needs something which this back-end never offers. */
  private static final Set<Request> NEVER =
      Set.of(
          Request.SET_LOG_BASE,
          Request.SET_LOG_FD,
          Request.SEND_RARP,
          Request.NET_SET_MTU,
          Request.SET_BACKEND_REQ_FD,
          Request.IOTLB_MSG,
          Request.SET_VRING_ENDIAN,
          Request.GET_CONFIG,
          Request.SET_CONFIG,
          Request.CREATE_CRYPTO_SESSION,
          Request.CLOSE_CRYPTO_SESSION,
          Request.POSTCOPY_ADVISE,
          Request.POSTCOPY_LISTEN,
          Request.POSTCOPY_END,
          Request.GET_INFLIGHT_FD,
          Request.SET_INFLIGHT_FD,
          Request.VRING_KICK,
          Request.GET_SHARED_OBJECT,
          Request.SET_DEVICE_STATE_FD,
          Request.CHECK_DEVICE_STATE,
          Request.GET_SHMEM_CONFIG,
          Request.GET_VRING_BASE_SKIP_DRAIN);

  @ParameterizedTest
  @EnumSource(Request.class)
  @DisplayName("should have a gate before each request that needs one (VU-FEAT-04)")
  void gates(Request request) {
    boolean gated = request.protocolFeature() != null || request.featureBit() >= 0;
    long all = ProtocolFeature.REPLY_ACK.mask();
    try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      raw.send(message(16, VERSION, 8, u64(all)));
      int size = Math.max(0, request.payloadBytes());
      raw.send(message(request.number(), VERSION | NEED_REPLY, size, new byte[size]));
      rig.settle();
      if (gated) {
        assertArrayEquals(message(request.number(), 5, 8, u64(1)), raw.received());
        assertTrue(rig.events.refused.contains("not negotiated"), rig.events.refused);
        assertNull(rig.events.disconnected);
      }
      assertTrue(gated || !NEVER.contains(request));
    }
  }

  @ParameterizedTest
  @EnumSource(Request.class)
  @DisplayName("should refuse for ever what it does not offer (VU-HDR-09)")
  void neverOffered(Request request) {
    if (!NEVER.contains(request)) {
      return;
    }
    try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      raw.send(message(16, VERSION, 8, u64(Session.OFFERED_TO_CLIENT)));
      raw.send(message(2, VERSION, 8, u64(DEVICE | BIT_30)));
      raw.send(message(request.number(), VERSION, 0));
      rig.settle();
      assertEquals(Cause.MALFORMED_MESSAGE, rig.events.disconnected.cause());
      assertTrue(
          rig.events.disconnected.detail().contains(request.name()),
          rig.events.disconnected.detail());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 33, 46, -1})
  @DisplayName("should refuse requests that nobody knows, in an answer (VU-HDR-09, MIST-51)")
  void unknown(int number) {
    try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      raw.send(message(16, VERSION, 8, u64(1L << 3)));
      raw.send(message(number, VERSION | NEED_REPLY, 0));
      rig.settle();
      assertArrayEquals(message(number, 5, 8, u64(1)), raw.received());
      raw.send(message(number, VERSION, 0));
      rig.settle();
      assertEquals(Cause.MALFORMED_MESSAGE, rig.events.disconnected.cause());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2, 3, 1 | 4})
  @DisplayName("should end with a version that is not 1, or with a reply (VU-HDR-02)")
  void wrongFlags(int flags) {
    try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      raw.send(message(1, flags, 0));
      rig.settle();
      assertEquals(Cause.MALFORMED_MESSAGE, rig.events.disconnected.cause());
    }
  }

  @Test
  @DisplayName("should refuse features that were not offered (VU-FEAT-05)")
  void notOffered() {
    try (FrontEnd vm = rig.connect()) {
      vm.setProtocolFeatures(vm.getProtocolFeatures());
      assertThrows(RefusedException.class, () -> vm.setFeatures(DEVICE | 1L << 63));
      assertThrows(RefusedException.class, () -> vm.setProtocolFeatures(1L << 14 | 1L << 3));
      vm.setFeatures(DEVICE | BIT_30);
      assertEquals(List.of("connected 0", "refused 0", "refused 0"), rig.events.all);
    }
  }

  @Test
  @DisplayName("should end when nobody asks whether a request was granted")
  void refusedUnasked() {
    try (FrontEnd vm = rig.connect()) {
      vm.setFeatures(1L << 63);
      assertThrows(ConnectionLostException.class, vm::getFeatures);
      assertEquals(Cause.MALFORMED_MESSAGE, rig.events.disconnected.cause());
    }
  }

  @Test
  @DisplayName("should keep a front-end's state through RESET_OWNER (VU-RESET-02)")
  void resetOwner() {
    try (FrontEnd vm = rig.connect();
        SharedRam ram = Rig.ram()) {
      var ring = vm.boot(ram, Rig.RING, 4);
      vm.send(Request.RESET_OWNER.number(), VERSION, new byte[0]);
      rig.request(vm, ring, Rig.BUFFERS, 64);
      assertTrue(ring.reap());
    }
  }

  @Test
  @DisplayName("should pass the status through and reset with 0 (VU-STATUS-01)")
  void status() {
    try (FrontEnd vm = rig.connect();
        SharedRam ram = Rig.ram()) {
      var ring = vm.boot(ram, Rig.RING, 4);
      vm.setStatus(0x0f);
      assertEquals(0x0f, vm.getStatus());
      ring.rawAvailIndex(1000);
      vm.kick();
      rig.settle();
      assertEquals(0x4f, vm.getStatus());
      vm.setStatus(0);
      assertEquals(0, vm.getStatus());
      assertThrows(RefusedException.class, () -> vm.setStatus(0x100));
    }
  }

  @Test
  @DisplayName("should set up anew after RESET_DEVICE, with the memory it has (VU-RESET-01)")
  void resetDevice() {
    try (FrontEnd vm = rig.connect();
        SharedRam ram = Rig.ram()) {
      var first = vm.boot(ram, Rig.RING, 4);
      rig.request(vm, first, Rig.BUFFERS, 64);
      vm.resetDevice();
      first.post(Rig.BUFFERS, 64);
      first.publish();
      vm.kick();
      rig.settle();
      assertEquals(1, first.usedIndex());
      vm.setFeatures(DEVICE | BIT_30);
      var second = new SplitRingDriver(ram.memory(), Rig.RING, 8, true);
      vm.startRing(second, 0);
      rig.request(vm, second, Rig.BUFFERS, 64);
      assertTrue(second.reap());
    }
  }

  @Test
  @DisplayName("should say what was negotiated, once for each start")
  void negotiated() {
    try (FrontEnd vm = rig.connect();
        SharedRam ram = Rig.ram()) {
      vm.boot(ram, Rig.RING, 4);
      Negotiation what = rig.events.negotiated;
      assertEquals(
          "features INDIRECT_DESC EVENT_IDX VERSION_1; protocol MQ REPLY_ACK RESET_DEVICE"
              + " CONFIGURE_MEM_SLOTS STATUS; 1 MiB of memory in 1 region; a queue of 4",
          what.describe());
      assertEquals(List.of("connected 0", "negotiated 0"), rig.events.all);
      assertTrue(rig.server.guests().get(0).isConnected());
    }
    rig.settle();
    assertFalse(rig.server.guests().get(0).isConnected());
    assertEquals(Cause.FRONT_END_LEFT, rig.events.disconnected.cause());
  }

  @Test
  @DisplayName("should end when replies stay unread, and not wait")
  void unread() {
    try (RawFrontEnd raw = new RawFrontEnd(rig.path)) {
      for (int i = 0; i < 100_000 && rig.events.disconnected == null; i++) {
        raw.send(message(1, VERSION, 0));
        rig.server.poll(0);
      }
      assertEquals(Cause.REPLIES_UNREAD, rig.events.disconnected.cause());
    }
  }
}

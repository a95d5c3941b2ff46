package io.virtentropy.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.RefusedException;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.vhostuser.linux.Descriptor;
import io.virtentropy.vhostuser.linux.Signal;
import io.virtentropy.vhostuser.linux.TestCalls;
import io.virtentropy.vhostuser.protocol.Request;
import io.virtentropy.virtio.device.DeviceCounter;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.queue.RingFault;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A ring")
final class RingTest {
  private static final long BIT_30 = 1L << 30;
  private static final long ALL = -1L;

  private final Rig rig = new Rig();
  private final SharedRam ram = Rig.ram();
  private final FrontEnd vm = rig.connect();
  private SplitRingDriver ring;

  @AfterEach
  void close() {
    vm.close();
    ram.close();
    rig.close();
  }

  /** Negotiates and shares memory; the ring is set up, but neither started nor enabled. */
  private void prepare(long wanted, int size) {
    long features = vm.negotiate(wanted, ALL);
    vm.setFeatures(features);
    vm.addMemReg(ram, 0);
    boolean eventIndex = (features & VirtioFeature.EVENT_IDX) != 0;
    ring = new SplitRingDriver(ram.memory(), Rig.RING, size, eventIndex);
    vm.setVringNum(size);
    vm.setVringBase(0);
    vm.setVringAddr(ring);
  }

  private void post() {
    ring.post(Rig.BUFFERS, 64);
    ring.publish();
    vm.kick();
    rig.settle();
  }

  private long word(long offset) {
    return ram.memory().loadLong(Rig.BUFFERS + offset);
  }

  @Test
  @DisplayName("should be served when it is started and enabled only (VU-RING-01 to 04, MIST-52)")
  void fourStates() {
    prepare(ALL, 4);
    post();
    assertEquals(0, ring.usedIndex(), "stopped, disabled");
    vm.setVringEnable(true);
    rig.settle();
    assertEquals(0, ring.usedIndex(), "stopped, enabled");
    vm.setVringEnable(false);
    vm.setVringKick();
    rig.settle();
    assertEquals(0, ring.usedIndex(), "started, disabled");
    post();
    assertEquals(0, ring.usedIndex(), "started, disabled, kicked");
    vm.setVringEnable(true);
    rig.settle();
    assertEquals(2, ring.usedIndex(), "started, enabled");
    vm.setVringEnable(false);
    post();
    assertEquals(2, ring.usedIndex(), "disabled again");
    vm.setVringEnable(true);
    rig.settle();
    assertEquals(3, ring.usedIndex(), "enabled again");
  }

  @Test
  @DisplayName("should look at buffers that were there before it started (VU-RING-05, MIST-31)")
  void looksOnce() {
    prepare(ALL, 4);
    ring.post(Rig.BUFFERS, 64);
    ring.publish();
    vm.setVringEnable(true);
    vm.setVringKick();
    rig.settle();
    assertTrue(ring.reap());
    assertEquals(64, ring.reapedLength());
    assertEquals(1, word(0));
    assertTrue(vm.called());
  }

  @Test
  @DisplayName("should be enabled by SET_FEATURES without bit 30 (VU-FEAT-03)")
  void enabledAtOnce() {
    prepare(ALL, 4);
    vm.setFeatures(VirtioFeature.VERSION_1 | VirtioFeature.EVENT_IDX);
    vm.setVringKick();
    post();
    assertEquals(1, ring.usedIndex());
    assertThrows(RefusedException.class, () -> vm.setVringEnable(false));
  }

  @Test
  @DisplayName("should go on through a repeated SET_FEATURES (VU-FEAT-06, MIST-52)")
  void featuresAgain() {
    ring = vm.boot(ram, Rig.RING, 4);
    for (int i = 0; i < 10; i++) {
      vm.setFeatures(VirtioFeature.VERSION_1 | VirtioFeature.EVENT_IDX | BIT_30);
      post();
      vm.setFeatures(
          VirtioFeature.VERSION_1 | VirtioFeature.EVENT_IDX | VirtioFeature.INDIRECT_DESC | BIT_30);
      post();
      assertTrue(ring.reap());
      assertTrue(ring.reap());
    }
    assertEquals(20, ring.usedIndex());
  }

  @Test
  @DisplayName("should go on where it stopped, without SET_VRING_BASE (VU-RING-07, MIST-52)")
  void resumes() {
    ring = vm.boot(ram, Rig.RING, 4);
    post();
    assertEquals(1, vm.getVringBase());
    post();
    assertEquals(1, ring.usedIndex(), "stopped");
    vm.setVringKick();
    rig.settle();
    assertEquals(2, ring.usedIndex());
    assertEquals(2, vm.getVringBase());
    assertEquals(2, vm.getVringBase(), "asked again");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 256, 1024})
  @DisplayName("should pass 65536 from a base of 65530 (VU-RING-11, MIST-01)")
  void wraps(int size) {
    prepare(ALL, size);
    ring.startAt(65_530);
    vm.setVringBase(65_530);
    vm.setVringKick();
    vm.setVringEnable(true);
    for (int i = 0; i < 12; i++) {
      post();
      assertTrue(ring.reap());
      assertEquals(1 + 8 * i, word(0));
    }
    assertEquals(6, vm.getVringBase());
  }

  @Test
  @DisplayName("should take the used index from memory, not from the base (MIST-55)")
  void usedIndexFromMemory() {
    prepare(ALL, 4);
    ring.startAt(100);
    ring.post(Rig.BUFFERS, 64);
    ring.post(Rig.BUFFERS + 64, 64);
    ring.publish();
    // One was taken by a former back-end and not returned: the base is ahead of the used index.
    vm.setVringBase(101);
    vm.setVringKick();
    vm.setVringEnable(true);
    rig.settle();
    assertEquals(101, ring.usedIndex());
    assertTrue(ring.reap());
    assertEquals(1, ring.reapedHead());
  }

  @Test
  @DisplayName("should notify at a start in mid-life, for a predecessor that could not")
  void notifiesForPredecessor() {
    prepare(ALL, 4);
    ring.startAt(100);
    vm.setVringBase(100);
    vm.setVringKick();
    vm.setVringEnable(true);
    rig.settle();
    assertTrue(vm.called());
    assertFalse(vm.called());
  }

  @Test
  @DisplayName("should take back a predecessor's wish not to be kicked")
  void takesBackSuppression() {
    prepare(VirtioFeature.VERSION_1, 4);
    ram.memory().storeShort(ring.usedRing(), (short) 1);
    vm.setVringKick();
    vm.setVringEnable(true);
    rig.settle();
    assertEquals(0, ring.usedFlags());
  }

  @Test
  @DisplayName("should be served with nobody to call (VU-RING-18, MIST-52)")
  void noCall() {
    ring = vm.boot(ram, Rig.RING, 4);
    vm.setVringCallToNone();
    post();
    assertTrue(ring.reap());
    assertFalse(vm.called());
    vm.setVringCall();
    rig.settle();
    assertTrue(vm.called(), "the notification that was owed");
  }

  @Test
  @DisplayName("should be looked at when there is no kick descriptor (VU-RING-19)")
  void noKick() {
    prepare(ALL, 4);
    vm.setVringKickToPoll();
    vm.setVringEnable(true);
    for (int i = 0; i < 5; i++) {
      ring.post(Rig.BUFFERS, 64);
      ring.publish();
      rig.settle();
      assertTrue(ring.reap());
    }
  }

  @Test
  @DisplayName("should take spurious kicks in any state and any number (MIST-32)")
  void kickStorm() {
    prepare(ALL, 4);
    for (int i = 0; i < 1000; i++) {
      vm.kick();
    }
    rig.settle();
    vm.setVringKick();
    for (int i = 0; i < 1000; i++) {
      vm.kick();
      rig.server.poll(0);
    }
    vm.setVringEnable(true);
    for (int i = 0; i < 1000; i++) {
      vm.kick();
    }
    post();
    assertTrue(ring.reap());
    assertNull(rig.events.fault);
  }

  @Test
  @DisplayName("should be kicked and call through pipes (VU-RING-20)")
  void pipes() throws IOException {
    prepare(ALL, 4);
    Descriptor[] kick = TestCalls.pipe();
    Descriptor[] call = TestCalls.pipe();
    Signal kicks = Signal.adopt(kick[1]);
    Signal calls = Signal.adopt(call[0]);
    vm.send(Request.SET_VRING_KICK.number(), 9, new byte[8], kick[0].number());
    assertEquals(0, vm.receive(Request.SET_VRING_KICK.number(), 8));
    vm.send(Request.SET_VRING_CALL.number(), 9, new byte[8], call[1].number());
    assertEquals(0, vm.receive(Request.SET_VRING_CALL.number(), 8));
    vm.setVringEnable(true);
    for (int i = 0; i < 20_000; i++) { // more than a pipe holds unread
      ring.post(Rig.BUFFERS, 64);
      ring.publish();
      assertTrue(kicks.send());
      ring.expectInterrupt();
      rig.settle();
      assertTrue(ring.reap());
      assertTrue(calls.drain());
    }
    kicks.close();
    calls.close();
    kick[0].close();
    call[1].close();
  }

  @Test
  @DisplayName("should refuse descriptors that are no signals, and keep none of them")
  void noSignals() {
    prepare(ALL, 4);
    Map<String, Integer> files = Rig.openFiles();
    for (Request request :
        new Request[] {Request.SET_VRING_KICK, Request.SET_VRING_CALL, Request.SET_VRING_ERR}) {
      vm.send(request.number(), 9, new byte[8], ram.descriptor(0));
      assertEquals(1, vm.receive(request.number(), 8));
      assertTrue(rig.events.refused.contains("neither an eventfd nor a pipe"));
      vm.send(request.number(), 9, new byte[8]);
      assertEquals(1, vm.receive(request.number(), 8), "a descriptor was announced");
      byte[] none = {0, 1, 0, 0, 0, 0, 0, 0};
      vm.send(request.number(), 9, none, ram.descriptor(0));
      assertEquals(1, vm.receive(request.number(), 8), "none was announced");
    }
    assertEquals(files, Rig.openFiles());
  }

  @Test
  @DisplayName("should change its descriptors in traffic, each closed once (VU-RING-08, -21)")
  void changesDescriptors() {
    ring = vm.boot(ram, Rig.RING, 4);
    post();
    Map<String, Integer> before = Rig.openFiles();
    for (int i = 0; i < 50; i++) {
      vm.setVringCall();
      vm.setVringErr();
      vm.setVringKick();
      post();
      while (ring.reap()) {}
    }
    assertEquals(51, ring.usedIndex());
    assertEquals(before, Rig.openFiles());
  }

  @Test
  @DisplayName("should say through the err descriptor that it is broken, and can start anew")
  void broken() {
    ring = vm.boot(ram, Rig.RING, 4);
    ring.rawAvailIndex(5);
    vm.kick();
    rig.settle();
    assertInstanceOf(RingFault.AvailIndexJumped.class, rig.events.fault);
    assertTrue(vm.errored());
    assertEquals(1, rig.server.guests().get(0).counters().get(DeviceCounter.FAULTS));
    vm.kick();
    rig.settle();
    assertEquals(0, vm.getVringBase());
    ring.rawAvailIndex(0);
    vm.setVringKick();
    post();
    assertTrue(ring.reap());
    assertNull(rig.events.disconnected);
  }

  @Test
  @DisplayName("should be broken when it starts nowhere in memory")
  void startsNowhere() {
    vm.setFeatures(vm.negotiate(ALL, ALL));
    vm.setVringErr();
    ring = new SplitRingDriver(ram.memory(), Rig.RING, 4, true);
    vm.startRing(ring, 0);
    rig.settle();
    assertInstanceOf(RingFault.RingOutsideMemory.class, rig.events.fault);
    assertTrue(vm.errored());
    vm.addMemReg(ram, 0);
    vm.setVringKick();
    post();
    assertTrue(ring.reap());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 2048, 65_536, 65_540, Integer.MIN_VALUE, -1})
  @DisplayName("should refuse sizes that are none, or more than offered (MIST-20)")
  void badSizes(int size) {
    prepare(ALL, 4);
    assertThrows(RefusedException.class, () -> vm.setVringNum(size));
    vm.setVringKick();
    vm.setVringEnable(true);
    post();
    assertTrue(ring.reap(), "the old size is in force");
  }

  @Test
  @DisplayName("should refuse what can't be changed while it runs")
  void notWhileRunning() {
    ring = vm.boot(ram, Rig.RING, 4);
    assertThrows(RefusedException.class, () -> vm.setVringNum(8));
    assertThrows(RefusedException.class, () -> vm.setVringBase(1));
    post();
    assertTrue(ring.reap());
  }

  @Test
  @DisplayName("should refuse a ring other than the first, in every message that names one")
  void otherRings() {
    vm.setFeatures(vm.negotiate(ALL, ALL));
    for (Request request :
        new Request[] {Request.SET_VRING_NUM, Request.SET_VRING_BASE, Request.SET_VRING_ENABLE}) {
      vm.send(request.number(), 9, new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
      assertEquals(1, vm.receive(request.number(), 8));
    }
    vm.send(Request.SET_VRING_KICK.number(), 9, new byte[] {1, 1, 0, 0, 0, 0, 0, 0});
    assertEquals(1, vm.receive(Request.SET_VRING_KICK.number(), 8));
    byte[] address = new byte[40];
    address[0] = 1;
    vm.send(Request.SET_VRING_ADDR.number(), 9, address);
    assertEquals(1, vm.receive(Request.SET_VRING_ADDR.number(), 8));
  }

  @Test
  @DisplayName("should refuse addresses that are misaligned or nowhere")
  void badAddresses() {
    prepare(ALL, 4);
    assertThrows(
        RefusedException.class,
        () -> vm.setVringAddr(new SplitRingDriver(ram.memory(), 0x1008, 0x2000, 0x3000, 4, true)));
    try (SharedRam elsewhere = Rig.ram(new SharedRam.Region(1L << 40, 65_536, 0))) {
      assertThrows(
          RefusedException.class,
          () -> vm.setVringAddr(new SplitRingDriver(elsewhere.memory(), 1L << 40, 4, true)));
    }
  }

  @Test
  @DisplayName("should count what the driver sees")
  void counts() {
    ring = vm.boot(ram, Rig.RING, 4);
    int calls = 0;
    for (int i = 0; i < 100; i++) {
      assertFalse(ring.expectInterrupt());
      post();
      calls += vm.called() ? 1 : 0;
      assertTrue(ring.reap());
    }
    var counters = rig.server.guests().get(0).counters();
    assertEquals(calls, counters.get(DeviceCounter.INTERRUPTS));
    assertEquals(100, counters.get(DeviceCounter.KICKS));
    assertEquals(6400, counters.get(DeviceCounter.BYTES));
  }

  @Test
  @DisplayName("should be set up again by a guest that was restarted, with another ring")
  void guestRestarts() {
    ring = vm.boot(ram, Rig.RING, 4);
    for (int life = 1; life <= 10; life++) {
      post();
      post();
      // QEMU: ENABLE 0, GET_VRING_BASE, then the sequence of DRIVER_OK with base 0.
      vm.setVringEnable(false);
      assertEquals(2, vm.getVringBase());
      ring = new SplitRingDriver(ram.memory(), Rig.RING + 0x100L * life, 2 << life % 4, true);
      vm.setFeatures(VirtioFeature.VERSION_1 | VirtioFeature.EVENT_IDX | BIT_30);
      vm.startRing(ring, 0);
    }
    assertNull(rig.events.fault);
  }
}

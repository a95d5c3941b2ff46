package io.virtentropy.conformance.model;

import java.util.HashMap;
import java.util.Map;

/** The virtio device without its ring: status, features, vectors, and what breaks it. */
final class VirtioState {
  static final int DRIVER_OK = 4;
  static final int FEATURES_OK = 8;
  static final int NEEDS_RESET = 0x40;

  static final long NOTIFY_ON_EMPTY = 1L << 24;
  static final long EVENT_IDX = 1L << 29;
  static final long BAD_FEATURE = 1L << 30;
  static final long VERSION_1 = 1L << 32;

  /** 24 notify on empty, 27 any layout, 28 indirect, 29 event index, 30, 32 version 1, 40 reset. */
  private static final long ALL = 0x101_7900_0000L;

  /** Not shown to modern drivers, who can have them all the same. */
  static final long LEGACY_ONLY = 0x4900_0000L;

  static final int MOST_QUEUES = 1024;

  /** Features that a driver can have. */
  final long offered;

  final Vring vring = new Vring();
  final QemuRelease release;
  private final Interrupts interrupts;
  private final Dma dma;
  private final Map<Integer, Integer> queueVectors = new HashMap<>();

  int status;
  long features;
  int queueSelect;
  int generation;
  int configVector = MsixTable.NO_VECTOR;
  boolean running = true;

  /** After an error, until the reset. */
  boolean broken;

  /** Since the bus master bit was taken away, until it is given back. */
  boolean disabled;

  VirtioState(QemuRelease release, long withheld, Interrupts interrupts, Dma dma) {
    this.offered = ALL & ~withheld;
    this.dma = dma;
    this.release = release;
    this.interrupts = interrupts;
    vring.reset(release.defaultQueueSize);
  }

  boolean has(long feature) {
    return (features & feature) != 0;
  }

  boolean isUsable() {
    return !broken && !disabled;
  }

  /** Whether a driver has set the device up. It may be broken all the same. */
  boolean isReady() {
    return vring.avail != 0 && (status & DRIVER_OK) != 0;
  }

  void accept(long wanted) {
    if ((status & FEATURES_OK) != 0) {
      return;
    }
    features = wanted & offered;
    if (has(EVENT_IDX)) {
      mapRings(); // they are longer with it
    }
  }

  /** Rings are where they were placed just now, or memory was laid out anew. */
  void mapRings() {
    try {
      vring.map(dma, has(EVENT_IDX));
    } catch (RingFault e) {
      fail();
    }
  }

  /** The driver, or its ring, is wrong. */
  void fail() {
    if (has(VERSION_1)) {
      status |= NEEDS_RESET;
      if ((status & DRIVER_OK) != 0) {
        interrupts.isr |= 3;
        generation = (generation + 1) & 0xff;
        notifyVector(configVector);
      }
    }
    broken = true;
  }

  /** Buffers were used. */
  void notifyUsed() {
    interrupts.isr |= 1;
    notifyVector(queueVector(0));
  }

  private void notifyVector(int vector) {
    if (isUsable()) {
      interrupts.notifyVector(vector);
    }
  }

  int queueVector(int queue) {
    return queueVectors.getOrDefault(queue, MsixTable.NO_VECTOR);
  }

  void setQueueVector(int queue, int vector) {
    queueVectors.put(queue, vector);
  }

  int queueSize(int queue) {
    return queue == 0 ? vring.size : 0;
  }

  /** Queues don't come into being, nor go, nor grow too large. */
  void setQueueSize(int queue, int size) {
    if (queue != 0 || size == 0 || size > 1024) {
      return;
    }
    if (size > release.largestQueueSize) {
      fail();
      return;
    }
    vring.size = size;
  }

  void resetQueue(int queue) {
    setQueueVector(queue, MsixTable.NO_VECTOR);
    if (queue == 0) {
      vring.reset(release.defaultQueueSize);
    }
  }

  void reset() {
    status = 0;
    features = 0;
    queueSelect = 0;
    configVector = MsixTable.NO_VECTOR;
    broken = false;
    disabled = false;
    interrupts.isr = 0;
    interrupts.notifyVector(MsixTable.NO_VECTOR);
    queueVectors.clear();
    vring.reset(release.defaultQueueSize);
  }
}

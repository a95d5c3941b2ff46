package io.virtentropy.virtio.device;

/**
 * An entropy device (virtio 1.3 §5.4) as its transport sees it: features, status and one request
 * queue, without registers.
 *
 * <p>There are two. {@link VirtioRngDevice} follows the virtio specification. {@link QemuRngDevice}
 * does what QEMU's virtio-rng does, step by step, and serves those who compare the two or move
 * guests from one to the other. A transport is given the builder of either.
 *
 * <p>Two kinds of driver may come. A <em>modern</em> one negotiates with {@link #writeStatus} and
 * {@link #writeDriverFeatures(int, int)} and places the three parts of its queue; a <em>legacy</em>
 * one, on the transports that have a legacy interface, uses the calls named so (virtio 1.3 §2.2.3).
 *
 * <p>After every call the state is consistent. {@link Interrupts} are told inside the call that
 * caused them and may call the device again at once. No exception leaves a method for the driver's
 * sake.
 *
 * <p>Used by one thread at a time, not always the same one.
 */
public sealed interface RngDevice extends AutoCloseable permits VirtioRngDevice, QemuRngDevice {

  /** What the device tells its transport. */
  interface Interrupts {
    /** Used buffers are there, and the driver wants to be told. */
    void usedBuffers();

    /** The configuration, which includes the status, has changed on the device's side. */
    void configurationChanged();

    /**
     * One of the above has happened, and the driver is not to be interrupted: only its traces in
     * registers appear. Only QEMU's device, once broken, does that.
     *
     * @param configuration whether it is a change of configuration rather than a used buffer
     */
    default void recordOnly(boolean configuration) {}
  }

  /** Makes a device for a transport: the builder of either kind. */
  interface Maker {
    /**
     * Makes the device.
     *
     * @param interrupts who is told of interrupts
     * @return the device, in the state of power-on
     * @throws IllegalArgumentException if what was chosen doesn't fit together
     */
    RngDevice build(Interrupts interrupts);
  }

  /**
   * Which QEMU the device imitates.
   *
   * @return the version, or null for the device that follows the specification
   */
  QemuVersion imitatedVersion();

  // ---- features

  /**
   * What the device offers to a modern driver.
   *
   * @return feature bits
   */
  long offeredFeatures();

  /**
   * What the device offers to a legacy driver.
   *
   * @return feature bits 0 to 31
   */
  int legacyFeatures();

  /**
   * The features in force, or about to be.
   *
   * @return feature bits
   */
  long driverFeatures();

  /**
   * What the register of accepted features shows for a word.
   *
   * @param word 0 for bits 0 to 31, 1 for bits 32 to 63
   * @return the word; 0 for others
   */
  int driverFeatures(int word);

  /**
   * Takes a word of a modern driver's features.
   *
   * @param word 0 for bits 0 to 31, 1 for bits 32 to 63, and others for bits that no device has
   * @param bits the word
   */
  void writeDriverFeatures(int word, int bits);

  /**
   * Takes a legacy driver's features.
   *
   * @param bits feature bits 0 to 31; all others are not accepted (virtio 1.3 §4.1.4.10)
   */
  void writeLegacyFeatures(int bits);

  // ---- status

  /**
   * The device status.
   *
   * @return bits of {@link DeviceStatus}
   */
  int status();

  /**
   * Takes a modern driver's write of the status byte. 0 resets the device.
   *
   * @param value what the driver wrote; bits beyond the lowest eight are ignored
   */
  void writeStatus(int value);

  /**
   * Takes a legacy driver's write of the status byte. 0 resets the device.
   *
   * @param value what the driver wrote; bits beyond the lowest eight are ignored
   */
  void writeLegacyStatus(int value);

  /**
   * Says whether the device may use its queue.
   *
   * @return true between the driver's saying so and the first fault or reset
   */
  boolean isLive();

  /**
   * Lets the device reach memory, or not: the Bus Master bit of a PCI function. On until told
   * otherwise.
   *
   * @param on whether the device may read and write guest memory
   */
  void setBusMaster(boolean on);

  /**
   * Takes over the Bus Master bit of a function that was made, reset or restored: not a driver's
   * doing, and nothing is done about it.
   *
   * @param on whether the device may read and write guest memory
   */
  void restoreBusMaster(boolean on);

  /**
   * Tells that the machine was stopped or goes on. It runs until told otherwise. A stopped
   * machine's driver does nothing, but its device might deliver.
   *
   * @param running whether the guest runs
   */
  void setRunning(boolean running);

  /** Resets the device, as the driver or the machine may. Complete on return. */
  void reset();

  // ---- the request queue

  /**
   * The largest size of the request queue that the device offers.
   *
   * @return a power of 2
   */
  int maxQueueSize();

  /**
   * The size of the request queue.
   *
   * @return what the driver chose, or the largest
   */
  int queueSize();

  /**
   * Takes a driver's choice of the size of the request queue.
   *
   * @param size what it wrote, any value
   * @return whether it was taken
   */
  boolean chooseQueueSize(int size);

  /**
   * Says whether the request queue is in service.
   *
   * @return true once it was enabled
   */
  boolean isQueueEnabled();

  /**
   * Where the descriptor table of the queue in service is.
   *
   * @return a guest-physical address; 0 without a queue
   */
  long descriptorTable();

  /**
   * Puts the request queue into service with the negotiated features.
   *
   * @param table guest-physical address of the descriptor table
   * @param avail guest-physical address of the available ring
   * @param used guest-physical address of the used ring
   */
  void enableQueue(long table, long avail, long used);

  /**
   * Places the request queue as legacy drivers do, and puts it into service (virtio 1.3 §2.7.2):
   * the available ring right behind the table, the used ring at the next multiple of the alignment.
   *
   * @param base guest-physical address of the descriptor table
   * @param align the alignment of the used ring in bytes, a power of 2; others are taken as 4096
   */
  void placeLegacyQueue(long base, int align);

  /**
   * The driver wrote something else than 1 where it enables a queue. Only QEMU's device minds.
   *
   * @param value what it wrote
   */
  default void refuseQueueEnable(int value) {}

  /** Takes the request queue out of service: on return it is not touched any more. */
  void disableQueue();

  /**
   * Resets the request queue alone (virtio 1.3 §2.6.1).
   *
   * @return false if that was not negotiated; nothing has happened then
   */
  boolean resetQueue();

  /**
   * Takes an available-buffer notification. Harmless at any time.
   *
   * @param queueIndex which queue the driver named; others than 0 are ignored
   */
  void kick(int queueIndex);

  // ---- besides the driver

  /**
   * Does what is due. Very cheap when nothing is.
   *
   * @return true if something was done
   */
  boolean poll();

  /**
   * Says how long {@link #poll} need not be called, unless the driver kicks or the source wakes the
   * embedder first.
   *
   * @return nanoseconds; 0 if it is due; {@link io.virtentropy.ratelimit.RateLimiter#NEVER} if
   *     nothing is waited for
   */
  long nanosUntilDue();

  /** Gives back what is at the source, so that the queue's positions tell the whole state. */
  void quiesce();

  /**
   * The device's counters.
   *
   * @return live values
   */
  DeviceCounters counters();

  /**
   * Saves what the device knows, without guest memory and without any entropy.
   *
   * @return a self-describing, versioned copy
   */
  byte[] save();

  /**
   * Takes over a saved state. Raises no interrupt; the next {@link #poll} looks at the queue.
   *
   * @param saved what {@link #save} of a device built alike returned; treated as untrusted
   * @throws IllegalArgumentException if the bytes are no such state; nothing has changed then
   */
  void restore(byte[] saved);

  /** Stops the device for good. Idempotent; the source is not closed. */
  @Override
  void close();
}

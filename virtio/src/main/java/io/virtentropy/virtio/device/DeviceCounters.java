package io.virtentropy.virtio.device;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one device. Written by the thread that drives the device, read by any.
 *
 * <p>Readings of different counters are not taken at the same instant.
 */
@SuppressWarnings("EnumOrdinal") // an index into the counters of this process, never stored
public final class DeviceCounters {
  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[DeviceCounter.values().length];

  /** Creates counters that read 0. */
  public DeviceCounters() {}

  /**
   * Reads a counter.
   *
   * @param counter which
   * @return its value
   */
  public long get(DeviceCounter counter) {
    return (long) ELEMENT.getOpaque(values, counter.ordinal());
  }

  /**
   * Counts one. Only for the thread that drives the device, such as a transport's.
   *
   * @param counter which
   */
  public void increment(DeviceCounter counter) {
    add(counter, 1);
  }

  /**
   * Counts several. Only for the thread that drives the device, such as a transport's.
   *
   * @param counter which
   * @param amount how many, 0 or more
   */
  public void add(DeviceCounter counter, long amount) {
    int at = counter.ordinal();
    ELEMENT.setOpaque(values, at, values[at] + amount); // one writer
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (DeviceCounter counter : DeviceCounter.values()) {
      text.append(text.length() == 0 ? "" : " ").append(counter).append('=').append(get(counter));
    }
    return text.toString();
  }
}

package io.virtentropy.conformance.model;

import io.virtentropy.conformance.dut.BarWindow;
import io.virtentropy.conformance.dut.MemoryRange;
import java.util.Map;

/**
 * The bus: which BARs the device decodes at the moment, and how an access of any width at any place
 * is cut into naturally aligned ones of at most 4 bytes, lowest first.
 */
final class BarDecoder {
  private static final int BARS = 6;
  private static final int FIRST_BAR = 0x10;
  private static final int WIDEST = 4;

  private record Bar(RegisterWindow registers, boolean ports, boolean wide, long length) {}

  private final ConfigSpace config;
  private final BarWindow window;
  private final Map<Integer, Bar> bars;

  BarDecoder(
      ConfigSpace config,
      BarWindow window,
      RegisterWindow legacy,
      RegisterWindow msix,
      RegisterWindow modern,
      boolean transitional) {
    this.config = config;
    this.window = window;
    Bar one = new Bar(msix, false, false, 0x1000);
    Bar four = new Bar(modern, false, true, ModernWindow.BYTES);
    this.bars =
        transitional
            ? Map.of(0, new Bar(legacy, true, false, 0x20), 1, one, 4, four)
            : Map.of(1, one, 4, four);
  }

  long read(int number, long offset, int size) {
    Bar bar = decoded(number, offset, size);
    if (bar == null) {
      return cut(-1, size);
    }
    long value = 0;
    for (int done = 0, part; done < size; done += part) {
      part = part(offset + done, size - done);
      value |= cut(bar.registers.read((int) offset + done, part), part) << (8 * done);
    }
    return value;
  }

  void write(int number, long offset, int size, long value) {
    Bar bar = decoded(number, offset, size);
    if (bar == null) {
      return;
    }
    for (int done = 0, part; done < size; done += part) {
      part = part(offset + done, size - done);
      bar.registers.write((int) offset + done, part, cut(value >>> (8 * done), part));
    }
  }

  private static int part(long offset, int left) {
    int part = WIDEST;
    while (part > left || offset % part != 0) {
      part /= 2;
    }
    return part;
  }

  private static long cut(long value, int size) {
    return size == Long.BYTES ? value : value & ((1L << (8 * size)) - 1);
  }

  /** The BAR that an access reaches; null if the device doesn't decode it. */
  private Bar decoded(int number, long offset, int size) {
    boolean width = size == 1 || size == 2 || size == 4 || size == 8;
    if (number < 0 || number >= BARS || offset < 0 || !width) {
      throw new IllegalArgumentException(
          "BAR " + number + ", offset " + offset + ", size " + size + "; no guest can do that");
    }
    Bar bar = bars.get(number);
    if (bar == null) {
      return null;
    }
    if (offset > bar.length - size || (bar.ports && size == Long.BYTES)) {
      throw new IllegalArgumentException(
          size + " bytes at " + offset + " are not inside the " + bar.length + " of BAR " + number);
    }
    boolean on = bar.ports ? config.decodesPorts() : config.decodesMemory();
    MemoryRange space = bar.ports ? window.ports() : window.memory();
    return on && space.contains(address(number, bar), bar.length) ? bar : null;
  }

  private long address(int number, Bar bar) {
    int register = FIRST_BAR + 4 * number;
    long address = config.read(register, 4) & (bar.ports ? ~0x3L : ~0xfL);
    return bar.wide ? address | config.read(register + 4, 4) << 32 : address;
  }
}

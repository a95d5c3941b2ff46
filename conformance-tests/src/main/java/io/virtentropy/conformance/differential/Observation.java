package io.virtentropy.conformance.differential;

import io.virtentropy.conformance.dut.Interrupt;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** All that was seen of a device in and after one step. Compared and printed, never changed. */
final class Observation {
  private final List<Long> values;
  private final List<Interrupt> interrupts;
  private final List<Integer> requests;
  private final List<String> registerNames;
  private final long[] registers;
  private final byte[][] memory;
  private final long[] addresses;

  /**
   * Collects.
   *
   * @param values what the step's reads gave
   * @param registerNames of the registers that are read after each step
   * @param registers what they held
   * @param addresses where the memory was read
   */
  Observation(
      List<Long> values,
      List<Interrupt> interrupts,
      List<Integer> requests,
      List<String> registerNames,
      long[] registers,
      long[] addresses,
      byte[][] memory) {
    this.values = values;
    this.interrupts = interrupts;
    this.requests = requests;
    this.registerNames = registerNames;
    this.registers = registers;
    this.addresses = addresses;
    this.memory = memory;
  }

  /** The bytes that the device asked its source for. */
  int requested() {
    return requests.stream().mapToInt(Integer::intValue).sum();
  }

  /** What differs, in words; null if nothing does. */
  String differenceFrom(Observation other) {
    StringBuilder text = new StringBuilder();
    differ(text, "read", hex(values), hex(other.values));
    differ(text, "interrupts", interrupts.toString(), other.interrupts.toString());
    differ(text, "requests", requests.toString(), other.requests.toString());
    if (!Arrays.equals(registers, other.registers)) {
      for (int i = 0; i < registers.length; i++) {
        differ(
            text,
            registerNames.get(i),
            Long.toHexString(registers[i]),
            Long.toHexString(other.registers[i]));
      }
    }
    for (int i = 0; i < memory.length; i++) {
      int at = Arrays.mismatch(memory[i], other.memory[i]);
      if (at >= 0) {
        differ(
            text,
            "memory from 0x" + Long.toHexString(addresses[i] + at),
            bytes(memory[i], at),
            bytes(other.memory[i], at));
      }
    }
    return text.isEmpty() ? null : text.toString();
  }

  private static void differ(StringBuilder text, String what, String one, String two) {
    if (!one.equals(two)) {
      text.append("  ").append(what).append(": reference ").append(one);
      text.append(", subject ").append(two).append('\n');
    }
  }

  private static String hex(List<Long> numbers) {
    return numbers.stream().map(Long::toHexString).toList().toString();
  }

  private static String bytes(byte[] all, int from) {
    return HexFormat.of().formatHex(all, from, Math.min(all.length, from + 16));
  }
}

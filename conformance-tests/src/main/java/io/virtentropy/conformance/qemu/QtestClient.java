package io.virtentropy.conformance.qemu;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * QEMU's qtest protocol: a test takes the place of the CPU and drives memory, ports, interrupt pins
 * and the clock of a machine that runs no guest. One thread at a time.
 *
 * <p>One command is one line and has one reply, which is waited for. QEMU ends itself when a
 * command is malformed, so every argument is checked before anything is sent. Addresses and 64-bit
 * values are unsigned.
 *
 * <p><b>What a reply means.</b> The access has been made. What it causes may still be on its way: a
 * notification by an eventfd, a bottom half, a byte on a socket each need a turn of QEMU's main
 * loop, and a command and its reply are one turn at least. {@link #turn()} makes one.
 *
 * <p>Sources: QEMU's {@code system/qtest.c} (its opening comment), and 7.2.22, 10.0.13 and 11.1.3
 * as they behave.
 */
public final class QtestClient implements AutoCloseable {
  /** The most bytes moved by one command; larger amounts take several. */
  private static final int CHUNK = 1 << 18;

  /** Above this, base64 is shorter than hexadecimal digits. */
  private static final int SMALL = 64;

  private static final int PORTS = 0x10000;
  private static final HexFormat HEX = HexFormat.of();
  private static final Pattern WORD = Pattern.compile("[!-~]+");

  private final LineSocket socket;
  private final BitSet ignoredPins = new BitSet();
  private final BitSet levels = new BitSet();
  private final List<IrqEvent> irqs = new ArrayList<>();

  /** Takes over a connection that QEMU has just made. */
  QtestClient(LineSocket socket) {
    this.socket = socket;
    String order = endianness();
    if (!order.equals("little")) {
      throw new QemuStartException("the machine is " + order + "-endian; only little is supported");
    }
  }

  // ---- memory ----

  /**
   * Reads guest memory or memory-mapped registers by one access.
   *
   * @param address where
   * @param size 1, 2, 4 or 8 bytes
   * @return the value; 8 bytes fill the {@code long}
   */
  public long read(long address, int size) {
    return number(ask("read" + suffix(size, true) + " " + hex(address)));
  }

  /**
   * Writes guest memory or memory-mapped registers by one access.
   *
   * @param address where
   * @param size 1, 2, 4 or 8 bytes
   * @param value its low {@code size} bytes are written
   */
  public void write(long address, int size, long value) {
    ask("write" + suffix(size, true) + " " + hex(address) + " " + hex(low(value, size)));
  }

  /**
   * Reads a range of guest memory.
   *
   * @param address its first byte
   * @param length 0 or more
   * @return the bytes
   */
  public byte[] readBytes(long address, int length) {
    if (length < 0) {
      throw new IllegalArgumentException("cannot read " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    for (int at = 0; at < length; ) {
      int count = Math.min(CHUNK, length - at);
      byte[] part = readChunk(address + at, count);
      System.arraycopy(part, 0, bytes, at, count);
      at += count;
    }
    return bytes;
  }

  private byte[] readChunk(long address, int count) {
    String where = hex(address) + " " + hex(count);
    byte[] part;
    if (count <= SMALL) {
      String digits = ask("read " + where);
      part = HEX.parseHex(digits, "0x".length(), digits.length());
    } else {
      part = Base64.getDecoder().decode(ask("b64read " + where));
    }
    if (part.length != count) {
      throw new QtestException("read " + where, part.length + " bytes");
    }
    return part;
  }

  /**
   * Writes a range of guest memory.
   *
   * @param address its first byte
   * @param bytes any number, none included
   */
  public void writeBytes(long address, byte[] bytes) {
    for (int at = 0; at < bytes.length; ) {
      int count = Math.min(CHUNK, bytes.length - at);
      String where = hex(address + at) + " " + hex(count) + " ";
      if (count <= SMALL) {
        ask("write " + where + "0x" + HEX.formatHex(bytes, at, at + count));
      } else {
        byte[] part = at == 0 && count == bytes.length ? bytes : slice(bytes, at, count);
        ask("b64write " + where + Base64.getEncoder().encodeToString(part));
      }
      at += count;
    }
  }

  private static byte[] slice(byte[] bytes, int at, int count) {
    byte[] part = new byte[count];
    System.arraycopy(bytes, at, part, 0, count);
    return part;
  }

  /**
   * Fills a range of guest memory.
   *
   * @param address its first byte
   * @param length 0 or more
   * @param value 0 to 255
   */
  public void fill(long address, int length, int value) {
    if (length < 0 || value < 0 || value > 0xff) {
      throw new IllegalArgumentException(
          "cannot fill " + length + " bytes with " + value + "; 0 or more with 0 to 255 is right");
    }
    ask("memset " + hex(address) + " " + hex(length) + " " + hex(value));
  }

  // ---- ports ----

  /**
   * Reads an I/O port.
   *
   * @param port 0 to 0xffff
   * @param size 1, 2 or 4 bytes
   * @return the value
   */
  public long in(int port, int size) {
    return number(ask("in" + suffix(size, false) + " " + port(port)));
  }

  /**
   * Writes an I/O port.
   *
   * @param port 0 to 0xffff
   * @param size 1, 2 or 4 bytes
   * @param value its low {@code size} bytes are written
   */
  public void out(int port, int size, long value) {
    ask("out" + suffix(size, false) + " " + port(port) + " " + hex(low(value, size)));
  }

  // ---- interrupts ----

  /**
   * Makes QEMU tell when an input pin of a device changes its level, and keeps it from the device.
   * QEMU allows one device per run.
   *
   * @param path the device, such as {@code ioapic} on x86
   * @throws QtestException if there is no such device
   */
  public void interceptIrqsInto(String path) {
    ask("irq_intercept_in " + word(path));
  }

  /**
   * Makes QEMU tell when an output of a device changes its level.
   *
   * @param path the device
   * @throws QtestException if there is no such device
   */
  public void interceptIrqsOutOf(String path) {
    ask("irq_intercept_out " + word(path));
  }

  /**
   * Sets an input pin of a device.
   *
   * @param path the device, such as {@code ioapic}
   * @param name the name of its inputs, {@code unnamed-gpio-in} if they have none
   * @param pin which of them
   * @param raised its level
   */
  public void setIrq(String path, String name, int pin, boolean raised) {
    if (pin < 0) {
      throw new IllegalArgumentException("there is no pin " + pin);
    }
    ask("set_irq_in " + word(path) + " " + word(name) + " " + pin + " " + (raised ? 1 : 0));
  }

  /**
   * Leaves out what happens on a pin: under TCG the timer on pin 0 of the I/O APIC is never quiet.
   *
   * @param pin 0 or more
   */
  public void ignoreIrq(int pin) {
    ignoredPins.set(pin);
    irqs.removeIf(irq -> irq.pin() == pin);
  }

  /**
   * What happened on intercepted pins, as far as QEMU had told with the latest reply.
   *
   * @return oldest first; they are then forgotten
   */
  public List<IrqEvent> takeIrqs() {
    List<IrqEvent> taken = List.copyOf(irqs);
    irqs.clear();
    return taken;
  }

  /**
   * The level of an intercepted pin, as far as QEMU had told with the latest reply.
   *
   * @param pin 0 or more
   * @return whether it is up; pins are down when the interception starts
   */
  public boolean irqLevel(int pin) {
    return levels.get(pin);
  }

  // ---- time ----

  /**
   * Moves QEMU's virtual clock forward; timers that come due on the way fire in order, and what
   * they scheduled needs another {@link #turn()}.
   *
   * @param nanos more than 0
   * @return the clock after it
   * @throws QtestException if this QEMU runs another accelerator than {@code qtest}
   */
  public long clockStep(long nanos) {
    if (nanos <= 0) {
      throw new IllegalArgumentException("a clock step of " + nanos + " ns; more than 0 is right");
    }
    return number(ask("clock_step " + nanos));
  }

  /**
   * Moves QEMU's virtual clock to where its next timer, of any device, comes due.
   *
   * @return the clock after it
   * @throws QtestException if this QEMU runs another accelerator than {@code qtest}
   */
  public long clockStep() {
    return number(ask("clock_step"));
  }

  /**
   * Sets QEMU's virtual clock.
   *
   * @param nanos not before now; 7.2 ignores an earlier time, 11.1 refuses it
   * @return the clock after it
   * @throws QtestException if it is refused, or this QEMU runs another accelerator than {@code
   *     qtest}
   */
  public long clockSet(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException("a clock at " + nanos + " ns; 0 or more is right");
    }
    return number(ask("clock_set " + nanos));
  }

  /**
   * The clock of the machine, if it stands still between steps. Asks by a step of no effect: to the
   * time before the start, which no QEMU allows and all answer.
   *
   * @return empty if this QEMU runs another accelerator than {@code qtest}
   */
  OptionalLong clock() {
    String reply = reply("clock_set 0");
    String[] words = reply.split(" ", -1);
    if (reply.startsWith("FAIL Unknown") || words.length != 2) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(number(words[1]));
  }

  // ---- QEMU itself ----

  /**
   * The byte order of the machine.
   *
   * @return {@code little} or {@code big}
   */
  public String endianness() {
    return ask("endianness");
  }

  /** Lets QEMU's main loop go round at least once. */
  public void turn() {
    endianness();
  }

  /** Has something done from time to time while QEMU is slow to answer. */
  void whileWaiting(Runnable task) {
    socket.whileWaiting(task);
  }

  /**
   * Lets QEMU's main loop go round several times.
   *
   * @param count at least this often
   */
  public void turns(int count) {
    for (int i = 0; i < count; i++) {
      turn();
    }
  }

  /**
   * Loads a module of QEMU's.
   *
   * @param prefix what its file's name begins with, such as {@code accel-}
   * @param name the rest of it
   * @throws QtestException if there is none
   */
  public void loadModule(String prefix, String name) {
    ask("module_load " + word(prefix) + " " + word(name));
  }

  // ---- one command ----

  /** Sends a command and returns what is behind {@code OK}. */
  private String ask(String command) {
    String reply = reply(command);
    if (reply.equals("OK")) {
      return "";
    }
    if (!reply.startsWith("OK ")) {
      throw new QtestException(
          command.length() > 80 ? command.substring(0, 80) + "…" : command, reply);
    }
    return reply.substring("OK ".length());
  }

  /** Sends a command that is known to be well formed, and returns the reply as it is. */
  String reply(String command) {
    socket.writeLine(command);
    while (true) {
      String line = socket.readLine();
      if (!line.startsWith("IRQ ")) {
        return line;
      }
      keepIrq(line);
    }
  }

  private void keepIrq(String line) {
    String[] words = line.split(" ", -1);
    int pin = Integer.parseInt(words[2]);
    boolean raised = words[1].equals("raise");
    levels.set(pin, raised);
    if (!ignoredPins.get(pin)) {
      irqs.add(new IrqEvent(pin, raised));
    }
  }

  // ---- arguments ----

  private static long number(String text) {
    return text.startsWith("0x")
        ? Long.parseUnsignedLong(text, 2, text.length(), 16)
        : Long.parseLong(text);
  }

  private static char suffix(int size, boolean eight) {
    return switch (size) {
      case 1 -> 'b';
      case 2 -> 'w';
      case 4 -> 'l';
      default -> {
        if (size != 8 || !eight) {
          throw new IllegalArgumentException(
              "an access of " + size + " bytes; 1, 2, 4" + (eight ? " and 8" : "") + " are right");
        }
        yield 'q';
      }
    };
  }

  private static long low(long value, int size) {
    return size == Long.BYTES ? value : value & ((1L << (8 * size)) - 1);
  }

  private static String port(int port) {
    if (port < 0 || port >= PORTS) {
      throw new IllegalArgumentException("port " + port + "; 0 to 65535 are right");
    }
    return hex(port);
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private static String word(String text) {
    if (!WORD.matcher(Objects.requireNonNull(text, "text")).matches()) {
      throw new IllegalArgumentException("'" + text + "' is not one printable word");
    }
    return text;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}

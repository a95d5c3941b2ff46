package io.virtentropy.virtio.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.virtio.memory.RegionMemory.Sharing;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

@Label("Guest memory in regions, beside a map from address to byte")
final class RegionMemoryProperties {
  /** A few places where things go wrong: around 0, around 2^63, and an ordinary one. */
  private static final long[] ORIGINS = {0, -24, Long.MAX_VALUE - 11, 0x8000_0000L};

  enum Op {
    ADD,
    REMOVE,
    BYTE,
    SHORT,
    INT,
    LONG,
    BULK
  }

  record Action(Op op, int origin, int offset, int size, long value) {
    long address() {
      return ORIGINS[origin] + offset;
    }
  }

  @Provide
  Arbitrary<List<Action>> actions() {
    Arbitrary<Action> action =
        Combinators.combine(
                Arbitraries.frequency(
                    Tuple.of(5, Op.ADD),
                    Tuple.of(1, Op.REMOVE),
                    Tuple.of(2, Op.BYTE),
                    Tuple.of(4, Op.SHORT),
                    Tuple.of(4, Op.INT),
                    Tuple.of(4, Op.LONG),
                    Tuple.of(4, Op.BULK)),
                Arbitraries.integers().between(0, ORIGINS.length - 1),
                Arbitraries.integers().between(-4, 40),
                Arbitraries.integers().between(1, 24),
                Arbitraries.longs())
            .as(Action::new);
    return action.list().ofMinSize(1).ofMaxSize(60);
  }

  @Property(tries = 2000)
  @Label("should hold, refuse and leave alone what the map holds, refuses and leaves alone")
  void model(@ForAll("actions") List<Action> actions) {
    RegionMemory memory = new RegionMemory(Sharing.SINGLE_THREADED);
    TreeMap<Long, Byte> model = new TreeMap<>();
    TreeMap<Long, Integer> regions = new TreeMap<>();
    for (Action action : actions) {
      switch (action.op()) {
        case ADD -> assertEquals(modelAdds(model, regions, action), adds(memory, action));
        case REMOVE -> remove(memory, model, regions, action);
        case BYTE -> access(memory, model, action.address(), 1, action.value());
        case SHORT -> access(memory, model, action.address(), 2, action.value());
        case INT -> access(memory, model, action.address(), 4, action.value());
        case LONG -> access(memory, model, action.address(), 8, action.value());
        case BULK -> bulk(memory, model, action);
      }
      for (var entry : model.entrySet()) {
        assertEquals(entry.getValue(), memory.loadByte(entry.getKey()));
      }
    }
  }

  private static boolean adds(RegionMemory memory, Action action) {
    try {
      int size = action.size();
      memory.add(
          action.address(),
          (action.value() & 1) == 0 ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size));
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean modelAdds(
      NavigableMap<Long, Byte> model, NavigableMap<Long, Integer> regions, Action action) {
    for (int i = 0; i < action.size(); i++) {
      long at = action.address() + i;
      if (model.containsKey(at) || Long.compareUnsigned(at, action.address()) < 0) {
        return false;
      }
    }
    for (int i = 0; i < action.size(); i++) {
      model.put(action.address() + i, (byte) 0);
    }
    regions.put(action.address(), action.size());
    return true;
  }

  private static void remove(
      RegionMemory memory,
      NavigableMap<Long, Byte> model,
      NavigableMap<Long, Integer> regions,
      Action action) {
    if (regions.isEmpty()) {
      return;
    }
    Long base = regions.ceilingKey(action.address());
    if (base == null) {
      base = regions.firstKey();
    }
    int size = regions.remove(base);
    for (int i = 0; i < size; i++) {
      model.remove(base + i);
    }
    memory.remove(base);
  }

  private static boolean inModel(NavigableMap<Long, Byte> model, long address, int size) {
    for (int i = 0; i < size; i++) {
      if (!model.containsKey(address + i) || Long.compareUnsigned(address + i, address) < 0) {
        return false;
      }
    }
    return true;
  }

  private static void access(
      RegionMemory memory, NavigableMap<Long, Byte> model, long address, int size, long value) {
    boolean wanted = inModel(model, address, size);
    assertEquals(wanted, memory.isRam(address, size));
    boolean done;
    try {
      switch (size) {
        case 1 -> memory.storeByte(address, (byte) value);
        case 2 -> memory.storeShort(address, (short) value);
        case 4 -> memory.storeInt(address, (int) value);
        default -> memory.storeLong(address, value);
      }
      done = true;
    } catch (GuestMemoryException e) {
      done = false;
    }
    assertEquals(wanted, done);
    if (!done) {
      return;
    }
    for (int i = 0; i < size; i++) {
      model.put(address + i, (byte) (value >>> (8 * i)));
    }
    long mask = size == 8 ? -1L : (1L << (8 * size)) - 1;
    long loaded =
        switch (size) {
          case 1 -> memory.loadByte(address);
          case 2 -> memory.loadShort(address);
          case 4 -> memory.loadInt(address);
          default -> memory.loadLong(address);
        };
    assertEquals(value & mask, loaded & mask);
  }

  private static void bulk(RegionMemory memory, NavigableMap<Long, Byte> model, Action action) {
    byte[] bytes = new byte[action.size()];
    Arrays.fill(bytes, (byte) action.value());
    boolean wanted = inModel(model, action.address(), bytes.length);
    boolean done;
    try {
      memory.write(action.address(), ByteBuffer.wrap(bytes), 0, bytes.length);
      done = true;
    } catch (GuestMemoryException e) {
      done = false;
    }
    assertEquals(wanted, done);
    if (done) {
      for (int i = 0; i < bytes.length; i++) {
        model.put(action.address() + i, bytes[i]);
      }
      ByteBuffer back = ByteBuffer.allocate(bytes.length);
      memory.read(action.address(), back, 0, bytes.length);
      assertEquals(ByteBuffer.wrap(bytes), back);
    }
  }
}

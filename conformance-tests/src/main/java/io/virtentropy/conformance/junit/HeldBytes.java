package io.virtentropy.conformance.junit;

import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The byte arrays and buffers that a source keeps, found by following the fields of its objects.
 * What lies behind the fields of the JDK's own classes, in a stopped thread's variables or in a
 * module that is not open to this one is not seen.
 */
final class HeldBytes {
  /** Two windows of so many bytes are the same by chance once in 2^64. */
  private static final int WINDOW = Long.BYTES;

  private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
  private final ArrayDeque<Object> toVisit = new ArrayDeque<>();
  private final List<ByteBuffer> buffers = new ArrayList<>();

  private HeldBytes(Object root) {
    add(root);
    while (!toVisit.isEmpty()) {
      visit(toVisit.removeFirst());
    }
  }

  /** The buffers that can be reached from an object, whole whatever their position and limit. */
  static List<ByteBuffer> of(Object root) {
    return new HeldBytes(root).buffers;
  }

  /**
   * Looks for delivered bytes.
   *
   * @return where 8 of them in a row still stand in a buffer; null if nowhere
   */
  static String find(byte[] delivered, Object root) {
    Set<Long> windows = new HashSet<>();
    ByteBuffer bytes = ByteBuffer.wrap(delivered);
    for (int i = 0; i + WINDOW <= delivered.length; i++) {
      windows.add(bytes.getLong(i));
    }
    for (ByteBuffer buffer : of(root)) {
      for (int i = 0; i + WINDOW <= buffer.capacity(); i++) {
        if (windows.contains(buffer.getLong(i))) {
          return "at " + i + " of a buffer of " + buffer.capacity() + " bytes";
        }
      }
    }
    return null;
  }

  static byte[] contents(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.capacity()];
    buffer.get(0, bytes);
    return bytes;
  }

  private void visit(Object object) {
    if (object instanceof byte[] bytes) {
      buffers.add(ByteBuffer.wrap(bytes));
    } else if (object instanceof ByteBuffer buffer) {
      buffers.add(buffer.duplicate().clear());
    } else if (object instanceof Object[] elements) {
      for (Object element : elements) {
        add(element);
      }
    } else if (object instanceof Collection<?> elements) {
      elements.forEach(this::add);
    } else if (object instanceof Map<?, ?> map) {
      map.values().forEach(this::add);
    } else {
      for (Class<?> c = object.getClass(); c != null && !isOfTheJdk(c); c = c.getSuperclass()) {
        visitFields(object, c);
      }
    }
  }

  private void visitFields(Object object, Class<?> declaring) {
    for (Field field : declaring.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive()) {
        continue;
      }
      try {
        field.setAccessible(true);
        add(field.get(object));
      } catch (IllegalAccessException | InaccessibleObjectException e) {
        return; // a module that is not open to this one
      }
    }
  }

  private void add(Object object) {
    if (object != null && seen.add(object)) {
      toVisit.addLast(object);
    }
  }

  private static boolean isOfTheJdk(Class<?> type) {
    return type.getName().startsWith("java.")
        || type.getName().startsWith("jdk.")
        || type.getName().startsWith("sun.")
        || type.getName().startsWith("javax.")
        || type.getName().startsWith("com.sun.");
  }
}

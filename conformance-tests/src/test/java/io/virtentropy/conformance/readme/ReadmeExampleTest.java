package io.virtentropy.conformance.readme;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java is compiled and run from the README itself, so that it can't rot. */
@DisplayName("The README's example")
class ReadmeExampleTest {
  private static final Path README = Path.of("..", "README.md");
  private static final Pattern JAVA = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

  @TempDir Path work;

  @Test
  @DisplayName("should compile, without imports, in about 30 lines, and serve a driver")
  void compilesAndServes() throws Exception {
    String example = example();
    long lines = example.lines().filter(l -> !l.isBlank() && !l.startsWith("import ")).count();
    assertTrue(lines <= 30, () -> "the example has grown to " + lines + " lines");
    compile(example);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {work.toUri().toURL()})) {
      drive(loader.loadClass("Machine").getDeclaredConstructor().newInstance());
    }
  }

  private static String example() throws Exception {
    Matcher matcher = JAVA.matcher(Files.readString(README));
    assertTrue(matcher.find(), "README.md has no Java");
    String found = matcher.group(1);
    assertTrue(!matcher.find(), "README.md has more than one piece of Java");
    return found;
  }

  private void compile(String example) throws Exception {
    Path source = Files.writeString(work.resolve("Machine.java"), example);
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  files,
                  null,
                  List.of("--release", "17", "-Xlint:all", "-d", work.toString()),
                  null,
                  files.getJavaFileObjects(source))
              .call();
      assertTrue(compiled, messages::toString);
      assertEquals("", messages.toString());
    }
  }

  /** Finds the device where the example puts it, through the example's own load and store. */
  private static void drive(Object machine) throws Exception {
    RegionMemory memory = (RegionMemory) field(machine, "memory");
    MmioTransport rng = (MmioTransport) field(machine, "rng");
    long ram = (long) field(machine, "RAM");
    long base = (long) field(machine, "RNG");
    Method load = method(machine, "load", long.class, int.class);
    assertEquals(0x74726976L, load.invoke(machine, base, 4));

    MmioRngDriver driver = MmioRngDriver.bind(memory, rng, ram, 8);
    driver.ring().expectInterrupt();
    driver.ring().post(ram + 0x1000, 64);
    driver.ring().publish();
    method(machine, "store", long.class, long.class, int.class).invoke(machine, base + 0x50, 0L, 4);
    assertTrue((boolean) field(machine, "pending"));
    assertTrue(driver.ring().reap());
    assertEquals(64, driver.ring().reapedLength());
    byte[] bytes = new byte[64];
    memory.bufferAt(ram).get(0x1000, bytes);
    assertFalse(Arrays.equals(new byte[64], bytes), "64 zero bytes");
    method(machine, "tick").invoke(machine);
  }

  private static Object field(Object machine, String name) throws Exception {
    Field field = machine.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(machine);
  }

  private static Method method(Object machine, String name, Class<?>... types) throws Exception {
    Method method = machine.getClass().getDeclaredMethod(name, types);
    method.setAccessible(true);
    return method;
  }
}

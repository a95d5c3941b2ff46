package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.derived.DrbgBackend;
import io.virtentropy.backends.thirdparty.Dice;
import io.virtentropy.backends.thirdparty.Tower;
import io.virtentropy.ratelimit.RateLimiter;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EntropyBackendsTest {
  private static final String DICE = Dice.class.getName();

  /** What is accepted outside of tests, these tests' own sources included. */
  private static final String KNOWN =
      "builtin, dice:DEVICE, drbg(SOURCE), egd:KIND:ADDRESS, failover(SOURCE,SOURCE...),"
          + " health(SOURCE), mix(SOURCE,SOURCE...), random:FILE, tower(SOURCE...)";

  @TempDir Path dir;

  private static void assertRefused(Reason reason, String sentence, Executable open) {
    EntropySourceException refused = assertThrows(EntropySourceException.class, open);
    assertEquals(sentence, refused.getMessage());
    assertEquals(reason, refused.reason());
  }

  private static void open(String spec) {
    EntropyBackends.open(spec).close();
  }

  @Test
  void should_open_sources_by_their_names() {
    try (EntropyBackend builtin = EntropyBackends.open("builtin");
        EntropyBackend random = EntropyBackends.open("random");
        EntropyBackend named = EntropyBackends.open("random:/dev/random")) {
      assertInstanceOf(ReadyFile.class, builtin);
      assertEquals("random:/dev/urandom", random.toString());
      assertEquals("random:/dev/random", named.toString());
    }
  }

  @Test
  void should_give_everything_behind_the_first_colon_to_the_source() throws IOException {
    Path path = Files.createFile(dir.resolve("a:b:c"));
    try (EntropyBackend source = EntropyBackends.open("random:" + path)) {
      assertEquals("random:" + path, source.toString());
    }
  }

  @Test
  void should_say_what_is_accepted_when_a_name_is_unknown() {
    for (String spec : new String[] {"urandom", "Random", "gdb:unix:/run/gdb"}) {
      assertRefused(
          Reason.UNSUITABLE,
          "'" + spec + "' is not a known source; accepted are " + KNOWN,
          () -> open(spec));
    }
    assertRefused(
        Reason.UNSUITABLE,
        "'x(y)' is not a known source; accepted are " + KNOWN,
        () -> open("drbg(tower(builtin, x(y)))"));
    String all =
        assertThrows(EntropySourceException.class, () -> EntropyBackends.openForTests("x").close())
            .getMessage();
    assertTrue(all.contains(", counter:FIRST, ") && all.contains(", fixed:HEX, "), all);
  }

  @Test
  void should_refuse_arguments_that_make_no_sense() {
    assertRefused(
        Reason.UNSUITABLE,
        "builtin takes no argument, but was given '/dev/random'",
        () -> open("builtin:/dev/random"));
    assertRefused(
        Reason.UNSUITABLE,
        "'one' is not a first word for the counter; a whole number is accepted",
        () -> EntropyBackends.openForTests("counter:one").close());
  }

  @Test
  void should_refuse_test_sources_outside_tests() {
    assertRefused(
        Reason.UNSUITABLE,
        "'counter:5' delivers predictable bytes and is accepted in tests only",
        () -> open("counter:5"));
    CounterBackend counter =
        assertInstanceOf(CounterBackend.class, EntropyBackends.openForTests("counter:5"));
    assertEquals(5, counter.nextWord());
    assertEquals(1, ((CounterBackend) EntropyBackends.openForTests("counter")).nextWord());
  }

  @Test
  void should_refuse_test_sources_outside_tests_however_deep_they_stand() {
    assertRefused(
        Reason.UNSUITABLE,
        "'counter:5' delivers predictable bytes and is accepted in tests only",
        () -> open("drbg(mix(builtin, tower(counter:5)))"));
    assertRefused(
        Reason.UNSUITABLE,
        "'fixed:00' delivers predictable bytes and is accepted in tests only",
        () -> open("failover(builtin,fixed:00)"));
    EntropyBackends.openForTests("drbg(mix(builtin, tower(counter:5)))").close();
    assertEquals(List.of(), Tower.OPEN);
  }

  @Test
  void should_give_a_third_partys_source_those_it_stands_on() {
    try (EntropyBackend tower =
        EntropyBackends.open("tower(dice:x, tower(builtin, storeys=2), storeys=3)")) {
      assertEquals("tower of 3 on [dice, tower of 2 on [builtin]]", tower.toString());
      ByteBuffer target = ByteBuffer.allocate(1);
      assertEquals(1, tower.fill(target, 0, 1));
      assertEquals(6, target.get(0));
    }
    assertEquals(List.of(), Tower.OPEN);
  }

  @Test
  void should_close_what_was_opened_for_a_source_that_then_does_not_open() {
    for (String spec :
        List.of(
            "mix(tower(builtin), random:/no/such/file)",
            "mix(tower(builtin), drbg(tower(builtin), reseed-bytes=0))",
            "tower(tower(builtin), falls=on)",
            "tower(tower(builtin), dice:nothing)",
            "tower(tower(builtin), tower(tower(builtin), falls=on))")) {
      assertThrows(EntropySourceException.class, () -> open(spec), spec);
      assertEquals(List.of(), Tower.OPEN, spec);
    }
    assertRefused(
        Reason.UNAVAILABLE,
        "opening 'tower(builtin,falls=on)' failed: java.lang.IllegalStateException: it fell",
        () -> open("mix(tower(builtin, falls=on))"));
  }

  @Test
  void should_refuse_parentheses_where_they_mean_nothing() {
    assertRefused(
        Reason.UNSUITABLE,
        "builtin takes nothing in parentheses, but was given 'builtin(random)'",
        () -> open("builtin(random)"));
    assertRefused(
        Reason.UNSUITABLE,
        "drbg needs more than an argument; drbg(SOURCE) is accepted",
        () -> new DrbgBackend.Provider().open("x"));
    assertRefused(
        Reason.UNSUITABLE,
        "random has no setting size; health is accepted",
        () -> open("random:/dev/random(size=1)"));
  }

  @Test
  void should_put_health_tests_around_a_device_that_may_be_a_noise_source() throws Exception {
    try (Pty pty = new Pty()) {
      String device = "random:" + pty.path;
      assertOpensAs("health(" + device + ")", device);
      assertOpensAs(device, device + "(health=off)");
      assertOpensAs("health(" + device + ")", "health(" + device + ", min-entropy=4)");
      assertOpensAs("drbg(health(" + device + "))", "drbg(" + device + ")");
    }
    assertOpensAs("random:/dev/random", "random:/dev/random");
  }

  private static void assertOpensAs(String name, String spec) {
    try (EntropyBackend source = EntropyBackends.open(spec)) {
      assertEquals(name, source.toString());
    }
  }

  @Test
  void should_find_the_source_of_a_third_party() {
    try (EntropyBackend dice = EntropyBackends.open("dice:/dev/ttyUSB0")) {
      ByteBuffer target = ByteBuffer.allocate(1);
      assertEquals(1, dice.fill(target, 0, 1));
      assertEquals(6, target.get(0));
    }
  }

  @Test
  void should_say_that_a_third_partys_source_did_not_open() {
    assertRefused(
        Reason.UNAVAILABLE,
        "opening 'dice:throw' failed: java.lang.IllegalStateException: no table",
        () -> open("dice:throw"));
    assertRefused(
        Reason.UNAVAILABLE,
        "opening 'dice:link' failed: java.lang.NoClassDefFoundError: dice/Table",
        () -> open("dice:link"));
    assertRefused(
        Reason.UNAVAILABLE,
        "opening 'dice:nothing' failed: " + DICE + "$Provider gave no source",
        () -> open("dice:nothing"));
  }

  @Test
  void should_find_its_own_sources_from_a_thread_whose_loader_does_not_know_them() {
    withContextLoader(ClassLoader.getPlatformClassLoader(), () -> open("builtin"));
    withContextLoader(null, () -> open("builtin"));
  }

  @Test
  void should_not_choose_between_providers_of_one_name() throws IOException {
    withProviders(
        DICE + "$OtherProvider",
        () -> {
          assertRefused(
              Reason.UNSUITABLE,
              "'dice:x' is ambiguous, because several providers are called 'dice': "
                  + (DICE + "$Provider, ")
                  + (DICE + "$OtherProvider"),
              () -> open("dice:x"));
          open("builtin");
        });
  }

  @Test
  void should_name_a_provider_that_can_not_be_loaded_and_open_the_others() throws IOException {
    String beginning =
        "'gdb:x' is not a known source; accepted are " + KNOWN + "; others can't be loaded: ";
    String service = EntropyBackendProvider.class.getName();
    for (String[] broken :
        new String[][] {
          {"no.such.Provider", service + ": Provider no.such.Provider not found"},
          {DICE, service + ": " + DICE + " not a subtype"},
          {
            DICE + "$BrokenProvider",
            service
                + (": Provider " + DICE)
                + "$BrokenProvider could not be instantiated: java.lang.NoClassDefFoundError:"
                + " dice/Table"
          },
          {DICE + "$NamelessProvider", "java.lang.NullPointerException: the name of a provider"},
        }) {
      withProviders(
          broken[0],
          () -> {
            open("builtin");
            open("dice:x");
            assertRefused(Reason.UNSUITABLE, beginning + broken[1], () -> open("gdb:x"));
          });
    }
  }

  @Test
  @Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
  void should_not_try_for_ever_when_providers_can_not_even_be_listed() {
    ClassLoader broken =
        new ClassLoader(null) {
          @Override
          public java.util.Enumeration<URL> getResources(String name) throws IOException {
            throw new IOException("no disk");
          }
        };
    withContextLoader(broken, () -> assertThrows(EntropySourceException.class, () -> open("x")));
  }

  /** Runs something with one more provider on the class path. */
  private void withProviders(String className, Runnable body) throws IOException {
    Path services = Files.createDirectories(dir.resolve("META-INF/services"));
    Files.writeString(services.resolve(EntropyBackendProvider.class.getName()), className);
    try (URLClassLoader loader =
        new URLClassLoader(
            new URL[] {dir.toUri().toURL()}, EntropyBackendsTest.class.getClassLoader())) {
      withContextLoader(loader, body);
    }
  }

  private static void withContextLoader(ClassLoader loader, Runnable body) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      body.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  @Test
  @Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
  void should_find_sources_on_the_module_path_a_third_partys_module_among_them() throws Exception {
    String ours =
        ChildJvm.classesOf(EntropyBackends.class) + ":" + ChildJvm.classesOf(RateLimiter.class);
    Path compiled = compileThirdPartyModule(ours);

    try (ChildJvm child =
        ChildJvm.start("-p", ours + ":" + compiled, "-m", "dice/dice.Main", "dice", "random")) {
      assertEquals(
          List.of(
              "module dice opened the loaded dice",
              "module io.virtentropy.backends opened random:/dev/urandom",
              "'x' is not a known source; accepted are "
                  + KNOWN.replace(":DEVICE", "").replace(", tower(SOURCE...)", "")),
          child.readAll());
    }
  }

  private Path compileThirdPartyModule(String modulePath) throws IOException {
    Path sources = Files.createDirectories(dir.resolve("sources/dice"));
    Path info = sources.resolveSibling("module-info.java");
    Files.writeString(
        info,
        """
        module dice {
          requires io.virtentropy.backends;
          provides io.virtentropy.backends.EntropyBackendProvider with dice.Dice;
        }
        """);
    Path dice = sources.resolve("Dice.java");
    Files.writeString(
        dice,
        """
        package dice;
        import io.virtentropy.backends.*;
        public final class Dice implements EntropyBackendProvider {
          public String name() { return "dice"; }
          public String usage() { return "dice"; }
          public EntropyBackend open(String argument) {
            return new EntropyBackend() {
              public int fill(java.nio.ByteBuffer target, int index, int length) { return 0; }
              public void close() {}
              public String toString() { return "the loaded dice"; }
            };
          }
        }
        """);
    Path main = sources.resolve("Main.java");
    Files.writeString(
        main,
        """
        package dice;
        import io.virtentropy.backends.*;
        public final class Main {
          public static void main(String[] specs) {
            for (String spec : specs) {
              try (EntropyBackend source = EntropyBackends.open(spec)) {
                System.out.println(source.getClass().getModule() + " opened " + source);
              }
            }
            try {
              EntropyBackends.open("x").close();
            } catch (EntropySourceException e) {
              System.out.println(e.getMessage());
            }
          }
        }
        """);
    Path compiled = dir.resolve("compiled");
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    assertEquals(
        0,
        javac.run(
            null,
            null,
            null,
            "-p",
            modulePath,
            "-d",
            compiled.toString(),
            info.toString(),
            dice.toString(),
            main.toString()));
    return compiled;
  }
}

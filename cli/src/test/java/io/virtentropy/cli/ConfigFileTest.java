package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

@DisplayName("The daemon's configuration file")
final class ConfigFileTest {
  private static final Path SHIPPED =
      Path.of(System.getProperty("basedir", "."), "..", "packaging", "daemon.conf");

  @TempDir Path folder;

  private final StringWriter err = new StringWriter();
  private CommandLine root;
  private CommandSpec daemon;

  @BeforeEach
  void command() {
    root = VirtentropyCommand.commandLine();
    root.setErr(new PrintWriter(err, true));
    daemon = root.getSubcommands().get("daemon").getCommandSpec();
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("daemon.conf"), text);
  }

  private Object value(String option) {
    return daemon.findOption(option).getValue();
  }

  @Test
  @DisplayName("should be accepted as shipped, with and without its comment marks")
  void shipped() throws IOException {
    String text = Files.readString(SHIPPED);
    root.parseArgs("daemon", "--config", SHIPPED.toString());
    assertEquals(Path.of("/var/lib/virtentropy/pools"), value("--pools"));
    root.parseArgs("daemon", "--config", file(text.replaceAll("(?m)^#(?=[a-z])", "")).toString());
    assertEquals(Path.of("/var/lib/virtentropy/pools"), value("--pools"));
    assertEquals("[root, libvirt-admin]", value("--manager").toString());
  }

  @Test
  @DisplayName("should explain each option of the command, with the default that it has")
  void complete() throws IOException {
    String text = Files.readString(SHIPPED);
    Set<String> explained = new TreeSet<>();
    Pattern.compile("(?m)^#([a-z-]+)=(.+)$")
        .matcher(text)
        .results()
        .forEach(
            line -> {
              explained.add(line.group(1));
              OptionSpec option = daemon.findOption("--" + line.group(1));
              if (option.defaultValue() != null) {
                assertEquals(option.defaultValue(), line.group(2), line.group(1));
              }
            });
    Set<String> options =
        daemon.options().stream()
            .filter(option -> ConfigFile.isSettable(option) && !option.hidden())
            .map(ConfigFile::key)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(options, explained);
  }

  @Test
  @DisplayName("should be overridden by the command line")
  void overridden() throws IOException {
    String file =
        file("pools = /a \ncontrol=/b\nmanager=x,y\nallow-test-sources=true\n").toString();
    root.parseArgs("daemon", "--control=/c", "--config=" + file, "--manager", "z");
    assertEquals(Path.of("/a"), value("--pools"));
    assertEquals(Path.of("/c"), value("--control"));
    assertEquals("[z]", value("--manager").toString());
    assertEquals(true, value("--allow-test-sources"));
    assertNull(value("--owner"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "colour=red|F: the key 'colour' is unknown; accepted are control, group, ",
        "config=/x|F: the key 'config' is unknown; accepted are control, group, ",
        "--pools=/x|F: the key '--pools' is unknown; accepted are control, group, ",
        "mode=999|F: --mode 999; 0000 to 0777 is accepted",
        "group=/|F: --group / is not a group of this machine",
        "allow-test-sources=maybe|F: Invalid value for option '--allow-test-sources': 'maybe' is not a boolean",
        "pools=\\uzzzz|the configuration file F can't be read: ",
      })
  @DisplayName("should be refused with its name, the key and what is accepted:")
  void refused(String line, String sentence) throws IOException {
    Path file = file(line + "\n");
    int exit =
        root.execute(
            "daemon",
            "--config",
            file.toString(),
            "--control",
            folder.resolve("c").toString(),
            line.startsWith("pools") ? "--mode=0600" : "--pools=" + folder.resolve("pools"));
    assertEquals(2, exit);
    String expected = "virtentropy daemon: " + sentence.replace("F", file.toString());
    assertTrue(err.toString().startsWith(expected), err::toString);
    assertEquals(1, err.toString().lines().count());
  }

  @Test
  @DisplayName("should not be blamed for what the command line says")
  void notBlamed() throws IOException {
    String file = file("mode=0600\n").toString();
    String pools = "--pools=" + folder.resolve("pools");
    assertEquals(2, root.execute("daemon", "--config", file, pools, "--mode", "999"));
    assertEquals("virtentropy daemon: --mode 999; 0000 to 0777 is accepted\n", err.toString());
  }

  @Test
  @DisplayName("should be there if it is named")
  void missing() {
    Path none = folder.resolve("none");
    assertEquals(2, root.execute("daemon", "--config", none.toString()));
    assertTrue(
        err.toString().startsWith("virtentropy daemon: the configuration file " + none),
        err::toString);
  }
}

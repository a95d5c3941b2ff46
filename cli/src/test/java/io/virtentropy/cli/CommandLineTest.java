package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What people are told when they ask for something impossible. */
@DisplayName("The command line")
class CommandLineTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    CommandLine command = VirtentropyCommand.commandLine();
    command.setOut(new PrintWriter(out, true));
    command.setErr(new PrintWriter(err, true));
    return command.execute(args);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          serve                                    | serve: --socket-path is needed: the Unix socket to serve on
          serve -s S --source mix(builtin          | serve: 'mix(builtin' does not name a source: at character 12 the text ends where ',' or ')' is accepted
          serve -s S --source random:/no/such      | serve: the source /no/such does not exist; an existing file is accepted
          serve -s S -f /no/such                   | serve: the source /no/such does not exist; an existing file is accepted
          serve -s S --source drbg(counter)        | serve: 'counter' delivers predictable bytes and is accepted in tests only
          source check --source drbg(counter)      | source check: 'counter' delivers predictable bytes and is accepted in tests only
          source read -n 0                         | source read: --bytes 0; 1 or more is accepted
          source check -n 0                        | source check: --blocks 0; 1 to 16777216 is accepted
          source check --min-entropy 9             | source check: --min-entropy 9.0; 0.1 to 8 is accepted
          source                                   | source: read or check is needed; 'virtentropy help source' tells more
          serve -s S --source counter              | serve: 'counter' delivers predictable bytes and is accepted in tests only
          serve -s S --socket-count 0              | serve: --socket-count 0; 1 to 4096 is accepted
          serve -s S --queue-size 3                | serve: --queue-size 3; a power of 2 from 1 to 32768 is accepted
          serve -s S --spin -1                     | serve: --spin -1; 0 to 1000000 microseconds is accepted
          daemon --libvirt system                  | daemon: --libvirt: 'system' names no driver of libvirt's; a URI like qemu:///system is accepted
          daemon --libvirt qemu+ssh://h/system     | daemon: --libvirt: 'qemu+ssh://h/system' is on another machine, whose guests have no sockets here; a URI like qemu:///system is accepted
          egd                                      | egd: a subcommand is needed: serve, get, level or pid
          egd serve                                | egd serve: --listen or --connect is needed: where clients are served
          egd serve --listen dice:1                | egd serve: --listen dice:1; unix:PATH, tcp:HOST:PORT and tls:HOST:PORT are accepted
          egd serve --listen tcp:localhost:65536   | egd serve: --listen tcp:localhost:65536; unix:PATH, tcp:HOST:PORT and tls:HOST:PORT are accepted
          egd serve --listen tcp:0.0.0.0:8888      | egd serve: tcp:0.0.0.0:8888 is no loopback address, and without TLS entropy does not leave this machine; a loopback address, or TLS, is accepted
          egd serve --listen tls:localhost:8888    | egd serve: --listen tls:localhost:8888 needs --tls: the folder with the certificates
          egd serve --connect tls:localhost:8888   | egd serve: --connect tls:localhost:8888 needs --tls: the folder with the certificates
          egd serve --listen unix:S --mode 999     | egd serve: --mode 999; 0000 to 0777 is accepted
          egd serve --listen unix:S --group /      | egd serve: --group / is not a group of this machine
          egd serve --listen unix:S --trust-uid /  | egd serve: --trust-uid / is not a user of this machine
          egd serve --listen unix:S --source fixed | egd serve: 'fixed' delivers predictable bytes and is accepted in tests only
          egd serve --listen unix:S --mix-into /   | egd serve: --mix-into / can't be opened for contributions: java.nio.file.FileSystemException: /: Is a directory; a writable device is accepted, or none
          egd serve --listen unix:S --max-connections 0 | egd serve: --max-connections 0; 1 to 1000000 is accepted
          egd get 0                                | egd get: 0 bytes; 1 or more is accepted
          egd get 1 --timeout -1                   | egd get: --timeout -1; 0 to 86400 seconds is accepted
          egd get 1 --connect tls:localhost:1      | egd get: --connect tls:localhost:1 needs --tls: the folder with the certificates
          pool-define /no/such                     | pool-define: /no/such does not exist
          pool-event --event nonsense              | pool-event: --event nonsense; accepted are defined, undefined, started, stopped, client-attached, client-detached, client-throttled, client-trouble, source-failed, source-slow, source-recovered, libvirt-connected, libvirt-lost, trouble
          serve -s S -c 4 -m 3                     | serve: --max-bytes 3 divided among 4 sockets leaves nothing for each; at least 4 is accepted
          """)
  @DisplayName("should say in one sentence what was given and what is accepted:")
  void refuses(String line, String sentence) {
    int exit =
        run(
            line.replace(" S", " " + folder.resolve("rng"))
                .replace(":S", ":" + folder.resolve("rng"))
                .split(" ", -1));
    assertEquals("virtentropy " + sentence + "\n", err.toString());
    assertEquals(2, exit);
    assertEquals("", out.toString());
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "serve -s S -m 0",
        "serve -s S -m -1",
        "serve -s S -m 1k",
        "serve -s S -p 0",
        "serve -s S -p 4294967296",
        "serve -s S --source builtin -f /dev/urandom",
        "serve -s S --bogus",
        "serve -s S --queue-size many",
        "egd get",
        "egd get many",
        "egd level extra",
        "demo extra",
        "bogus",
        "nothing"
      })
  @DisplayName("should end with 2 and one line for")
  void refusesInOneLine(String line) {
    int exit =
        run(
            line.equals("nothing")
                ? new String[0]
                : line.replace(" S", " " + folder.resolve("rng")).split(" ", -1));
    assertEquals(2, exit);
    assertEquals(1, err.toString().lines().count(), err::toString);
    assertEquals("", out.toString());
  }

  @Test
  @DisplayName("should not touch a file that is in the socket's place")
  void keepsFiles() throws Exception {
    Path file = Files.writeString(folder.resolve("precious"), "keep");
    assertEquals(2, run("serve", "-s", file.toString()));
    assertEquals("keep", Files.readString(file));
    assertEquals(1, err.toString().lines().count(), err::toString);
    assertTrue(err.toString().contains(file.toString()), err::toString);
  }

  @Test
  @DisplayName("should tell management software what it is")
  void capabilities() {
    assertEquals(0, run("serve", "--print-capabilities"));
    assertEquals("{\"type\":\"rng\"}", out.toString().replaceAll("\\s", ""));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"get 1", "level", "pid"})
  @DisplayName("should end with 1 and one sentence where no EGD server answers:")
  void noServer(String question) {
    String line = "egd " + question + " --connect unix:" + folder.resolve("nobody");
    assertEquals(1, run(line.split(" ", -1)));
    assertTrue(
        err.toString()
            .endsWith(
                "no EGD server can be reached at unix:"
                    + folder.resolve("nobody")
                    + ": No such file or directory\n"),
        err::toString);
    assertEquals("", out.toString());
  }

  @Test
  @DisplayName("should tell its version")
  void version() {
    assertEquals(0, run("--version"));
    assertTrue(
        out.toString().matches("(?s)virtentropy \\d+\\.\\d+\\.\\d+\\S*\\R.*"), out::toString);
  }

  @Test
  @DisplayName("should write the bytes of a source as they are, waiting where it has to")
  void sourceRead() throws Exception {
    Path noise = folder.resolve("pi, pe");
    assertEquals(0, new ProcessBuilder("mkfifo", noise.toString()).start().waitFor());
    Thread writer =
        new Thread(
            () -> {
              try {
                Files.writeString(noise, "0123456789");
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            "writer");
    writer.start();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CommandLine read = new CommandLine(new SourceCommand.Read(bytes));
    assertEquals(0, read.execute("--source", "random:\"" + noise + "\"", "-n", "10"));
    assertEquals("0123456789", bytes.toString(StandardCharsets.UTF_8));
    writer.join();
  }

  @Test
  @DisplayName("should test a source and say by its exit code whether it is noise")
  void sourceCheck() {
    // Of real noise, 8 bits claimed would be denied once in 13,000 runs, 4 bits once in 10^13.
    String mix = "mix(builtin,random)";
    assertEquals(0, run("source", "check", "--source", mix, "--min-entropy", "4", "-n", "1"));
    assertTrue(
        out.toString().startsWith("source      mix(builtin,random:/dev/urandom)"), out::toString);
    assertTrue(out.toString().contains("128 of 2500 bytes"), out::toString);
    assertTrue(out.toString().contains("SP 800-90B  passed, at a claim of 4.0"), out::toString);

    String fixed = "drbg(counter,reseed-after=24 h)";
    assertEquals(0, run("source", "check", "--allow-test-sources", "--source", fixed, "-n", "1"));
    assertTrue(out.toString().contains("SP 800-90B  passed, at a claim of 8.0"), out::toString);

    assertEquals(
        1, run("source", "check", "--allow-test-sources", "--source", "counter", "-n", "1"));
    assertTrue(out.toString().contains("failed the repetition count"), out::toString);
    assertTrue(out.toString().contains("128 failed; of a perfect source"), out::toString);
  }

  @Test
  @DisplayName("should run the demo's guest driver where there are no guest scripts")
  void demoInProcess() {
    assertEquals(0, run("demo"));
    assertTrue(out.toString().contains("no real guest here: "), out::toString);
    assertTrue(out.toString().contains("throughput"), out::toString);
    assertTrue(
        out.toString().contains("delivered     67108928 bytes in 1048577 requests from builtin"),
        out::toString);
  }
}

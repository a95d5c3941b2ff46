package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** What is generated from the command, read by the programs that it is for. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class GenerateIT {
  @TempDir Path folder;

  private record Output(String out, String err) {}

  private Output run(Map<String, String> environment, String... command)
      throws IOException, InterruptedException {
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(environment);
    int exit = builder.start().waitFor();
    Output output = new Output(Files.readString(out), Files.readString(err));
    assertEquals(0, exit, output::toString);
    return output;
  }

  @Test
  @DisplayName("man should show every page without a warning, with all of a command in it")
  void manual() throws IOException, InterruptedException {
    CommandLine root = VirtentropyCommand.commandLine();
    Path pages = folder.resolve("pages");
    assertEquals(0, root.execute("generate-man", pages.toString()));
    Set<String> written = new TreeSet<>();
    for (CommandSpec command : ManPage.commands(root)) {
      Path page = pages.resolve(ManPage.fileName(command));
      written.add(page.getFileName().toString());
      Output shown =
          run(
              // Wide enough that no sentence is broken into lines.
              Map.of("LC_ALL", "C.UTF-8", "MANWIDTH", "1000", "MANROFFOPT", "-Wbreak"),
              "man",
              "--warnings",
              "--encoding=UTF-8",
              "--no-hyphenation",
              "--local-file",
              page.toString());
      assertEquals("", shown.err(), page::toString);
      String text = shown.out().replaceAll(".\b", "").replaceAll("\\s+", " ");
      assertFalse(text.contains("${"), text);
      assertFalse(text.contains("@|"), text);
      for (OptionSpec option : command.options()) {
        assertEquals(!option.hidden(), text.contains(" " + option.longestName()), option + text);
        for (String line : option.hidden() ? new String[0] : option.description()) {
          assertTrue(text.contains(line.strip().replaceAll("\\s+", " ")), () -> line + text);
        }
      }
      for (String sub : command.subcommands().keySet()) {
        assertTrue(text.contains(command.qualifiedName("-") + "-" + sub + "(1)"), () -> sub + text);
      }
      assertTrue(text.contains("EXIT STATUS"), text);
    }
    try (Stream<Path> files = Files.list(pages)) {
      assertEquals(
          written, files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()));
    }
    assertTrue(written.contains("virtentropy-egd-serve.1"), written::toString);
  }

  /** What a shell offers for a line whose last word is being typed. */
  private interface Shell {
    List<String> complete(String... words) throws IOException, InterruptedException;
  }

  private List<String> bash(String... words) throws IOException, InterruptedException {
    return complete(
        """
        set -eu
        . "$1"
        shift
        set +eu
        compopt() { :; } # works only where a key was pressed
        [[ $(complete -p virtentropy) == *"-F _complete_virtentropy"* ]] || exit 3
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        COMP_LINE="$*"
        COMP_POINT=${#COMP_LINE}
        _complete_virtentropy
        for reply in "${COMPREPLY[@]}"; do printf '%s\\n' "$reply"; done
        """,
        List.of("bash", "--norc"), words);
  }

  private List<String> zsh(String... words) throws IOException, InterruptedException {
    return complete(
        """
        autoload -U compinit && compinit -D -u
        . "$1"
        shift
        [[ $_comps[virtentropy] == *"-F _complete_virtentropy"* ]] || exit 3
        words=("$@")
        CURRENT=$#
        # What the key would do, printed.
        compadd() {
          local word found=1
          for word in "${(@)@[$@[(i)-]+1,-1]}"; do
            [[ $word != "$words[CURRENT]"* ]] || { print -r -- "$word"; found=0; }
          done
          return found
        }
        compset() { return 1; }
        _default() { print -rl -- $words[CURRENT]*(N); } # files
        eval "$_comps[virtentropy]"
        """,
        List.of("zsh", "-f"),
        words);
  }

  private List<String> complete(String driver, List<String> shell, String... words)
      throws IOException, InterruptedException {
    Path script = folder.resolve("completion");
    Files.writeString(script, GenerateCompletionCommand.script(VirtentropyCommand.commandLine()));
    List<String> command = new ArrayList<>(shell);
    command.addAll(List.of("-c", driver, shell.get(0), script.toString()));
    command.addAll(List.of(words));
    String path = folder + ":" + System.getenv("PATH");
    Output output = run(Map.of("PATH", path), command.toArray(new String[0]));
    assertEquals("", output.err());
    return output.out().lines().map(String::strip).filter(l -> !l.isEmpty()).sorted().toList();
  }

  @Test
  @DisplayName("bash should complete commands, options, files, and pools as the daemon has them")
  void bash() throws IOException, InterruptedException {
    completion(this::bash);
  }

  @Test
  @DisplayName("zsh should complete commands, options, files, and pools as the daemon has them")
  void zsh() throws IOException, InterruptedException {
    completion(this::zsh);
  }

  private void completion(Shell shell) throws IOException, InterruptedException {
    assertEquals(
        List.of("daemon", "demo"),
        shell.complete("virtentropy", "d").stream().filter(word -> word.startsWith("d")).toList());
    assertTrue(
        shell.complete("virtentropy", "pool-").containsAll(List.of("pool-list", "pool-top")));
    assertEquals(List.of("serve"), shell.complete("virtentropy", "egd", "s"));
    assertEquals(List.of("--pools"), shell.complete("virtentropy", "daemon", "--po"));
    assertFalse(shell.complete("virtentropy", "daemon", "--").contains("--allow-test-sources"));
    Path file = Files.writeString(folder.resolve("definition.xml"), "");
    assertEquals(
        List.of(file.toString()),
        shell.complete("virtentropy", "pool-define", folder.resolve("defin").toString()));

    // In the daemon's place, to see what it is asked.
    Path asked = folder.resolve("asked");
    Path command =
        Files.writeString(
            folder.resolve("virtentropy"),
            "#!/bin/sh\necho \"$*\" >> '"
                + asked
                + "'\nprintf 'default\\ndevelopment guests\\n'\n");
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
    assertEquals(
        List.of("default", "development guests"),
        shell.complete("virtentropy", "pool-start", "de"));
    assertEquals(
        List.of("default"),
        shell.complete("virtentropy", "pool-destroy", "--control", "/c", "--graceful", "def"));
    assertEquals(
        List.of("pool-list --all --name", "pool-list --all --name --control /c"),
        Files.readAllLines(asked));
  }
}

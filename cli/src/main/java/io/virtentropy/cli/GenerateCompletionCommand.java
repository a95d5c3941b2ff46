package io.virtentropy.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code virtentropy generate-completion}: picocli's script, and names of pools. */
@Command(
    name = "generate-completion",
    description = "Prints a completion script for bash and zsh.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "For the shell that runs: source <(virtentropy generate-completion)",
      "For all of them, the installer puts it where bash-completion looks.",
      "Names of pools are asked of the daemon.",
    })
final class GenerateCompletionCommand implements Callable<Integer> {
  /** Asks the daemon that the line names; whatever goes wrong completes nothing. */
  private static final String POOLS =
      """
      # The names of pools, one a line, of the daemon that the command line names.
      function _virtentropy_pools() {
        local i control=()
        for ((i = 1; i < COMP_CWORD; i++)); do
          if [[ ${COMP_WORDS[i]} == --control ]]; then
            # Bash makes a word of its own of a = in between.
            [[ ${COMP_WORDS[i + 1]} != = ]] || i=$((i + 1))
            control=(--control "${COMP_WORDS[i + 1]}")
          fi
        done
        "${COMP_WORDS[0]}" pool-list --all --name "${control[@]}" 2>/dev/null
      }

      """;

  @Spec private CommandSpec spec;

  GenerateCompletionCommand() {}

  @Override
  public Integer call() {
    CommandLine root = spec.root().commandLine();
    spec.commandLine().getOut().print(script(root));
    spec.commandLine().getOut().flush();
    return 0;
  }

  static String script(CommandLine root) {
    String script = AutoComplete.bash(root.getCommandName(), root);
    int first = script.indexOf("function ");
    return script.substring(0, first)
        + POOLS
        + script
            .substring(first)
            // Names may have blanks; each is a line.
            .replaceAll(
                "(?m)^( *)local (\\w+)=\\(\"" + PoolNames.PLACEHOLDER + "\"\\)(.*)$",
                "$1local $2; mapfile -t $2 < <(_virtentropy_pools)$3");
  }
}

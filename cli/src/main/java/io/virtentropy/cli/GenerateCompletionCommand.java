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
  /**
   * Asks the daemon that the line names; whatever goes wrong completes nothing. In words that bash
   * and zsh share.
   */
  private static final String POOLS =
      """
      # Sets virtentropy_pools to the names of pools of the daemon that the command line names.
      function _virtentropy_pools() {
        local i line control=()
        for ((i = 1; i < COMP_CWORD; i++)); do
          if [[ ${COMP_WORDS[i]} == --control ]]; then
            # Bash makes a word of its own of a = in between.
            [[ ${COMP_WORDS[i + 1]} != = ]] || i=$((i + 1))
            control=(--control "${COMP_WORDS[i + 1]}")
          fi
        done
        virtentropy_pools=()
        # Names may have blanks; each is a line.
        while IFS= read -r line; do
          virtentropy_pools+=("$line")
        done < <("${COMP_WORDS[0]}" pool-list --all --name "${control[@]}" 2>/dev/null)
      }

      """;

  /** Functions don't see it where zsh has read the file as a whole. */
  private static final String ALIAS = "  alias compopt=complete\n";

  private static final String FUNCTION =
      """
        # Changes options while a line is completed, which can't be done in zsh.
        function compopt() { return 0; }
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
    String script = AutoComplete.bash(root.getCommandName(), root).replace(ALIAS, FUNCTION);
    int first = script.indexOf("# CompWordsContainsArray ");
    return script.substring(0, first)
        + POOLS
        + script
            .substring(first)
            .replaceAll(
                "(?m)^( *)local (\\w+)=\\(\"" + PoolNames.PLACEHOLDER + "\"\\)(.*)$",
                "$1_virtentropy_pools; local $2=(\"\\${virtentropy_pools[@]}\")$3");
  }
}

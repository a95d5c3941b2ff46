package io.virtentropy.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A command's manual page, in the macros of man(7), from what picocli knows of the command. It is
 * written here because what picocli's own generator writes is AsciiDoc, which takes a Ruby or 60 MB
 * of JRuby to become a page.
 */
final class ManPage {
  private static final int SECTION = 1;

  private final CommandSpec command;
  private final StringBuilder out = new StringBuilder();

  private ManPage(CommandSpec command) {
    this.command = command;
  }

  /** The file's name of a command's page. */
  static String fileName(CommandSpec command) {
    return name(command) + "." + SECTION;
  }

  private static String name(CommandSpec command) {
    return command.qualifiedName("-");
  }

  /** The command and all below it that is not hidden. */
  static List<CommandSpec> commands(CommandLine root) {
    List<CommandSpec> all = new ArrayList<>();
    all.add(root.getCommandSpec());
    for (CommandLine sub : root.getSubcommands().values()) {
      if (!sub.getCommandSpec().usageMessage().hidden()) {
        all.addAll(commands(sub));
      }
    }
    return all;
  }

  static String of(CommandSpec command, String version) {
    return new ManPage(command).write(version);
  }

  private String write(String version) {
    macro("TH", name(command).toUpperCase(Locale.ROOT), String.valueOf(SECTION), "", version, "");
    macro("SH", "NAME");
    List<String> description = Arrays.asList(command.usageMessage().description());
    String first = description.isEmpty() ? "" : description.get(0);
    String what = first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
    text(name(command) + " - " + what.substring(0, 1).toLowerCase(Locale.ROOT) + what.substring(1));
    synopsis();
    macro("SH", "DESCRIPTION");
    paragraphs(description);
    List<PositionalParamSpec> parameters =
        command.positionalParameters().stream().filter(p -> !p.hidden()).toList();
    if (!parameters.isEmpty()) {
      macro("SH", "ARGUMENTS");
      parameters.forEach(p -> entry("\\fI" + escaped(p.paramLabel()) + "\\fR", p));
    }
    macro("SH", "OPTIONS");
    command.options().stream().filter(o -> !o.hidden()).forEach(o -> entry(names(o), o));
    subcommands();
    if (command.usageMessage().footer().length > 0) {
      macro("SH", "NOTES");
      paragraphs(Arrays.asList(command.usageMessage().footer()));
    }
    exitStatus();
    seeAlso();
    return out.toString();
  }

  private void synopsis() {
    macro("SH", "SYNOPSIS");
    String synopsis = new Help(command, Help.defaultColorScheme(Help.Ansi.OFF)).synopsis(0).strip();
    macro("nh");
    text(synopsis.replaceAll("\\s*\\R\\s*", " "));
    macro("hy");
  }

  private void entry(String tag, ArgSpec arg) {
    macro("TP");
    out.append(tag).append('\n');
    boolean more = false;
    for (String line : arg.description()) {
      if (more) {
        macro("br");
      }
      text(line);
      more = true;
    }
  }

  private static String names(OptionSpec option) {
    String value = option.arity().max() == 0 ? "" : " \\fI" + escaped(option.paramLabel()) + "\\fR";
    return String.join(
        ", ",
        Arrays.stream(option.names()).map(n -> "\\fB" + escaped(n) + "\\fR" + value).toList());
  }

  private void subcommands() {
    List<CommandSpec> below =
        command.subcommands().values().stream()
            .map(CommandLine::getCommandSpec)
            .filter(c -> !c.usageMessage().hidden())
            .toList();
    if (below.isEmpty()) {
      return;
    }
    macro("SH", "COMMANDS");
    for (CommandSpec c : below) {
      macro("TP");
      out.append("\\fB").append(escaped(name(c))).append("\\fR(").append(SECTION).append(")\n");
      String[] description = c.usageMessage().description();
      text(description.length == 0 ? "" : description[0]);
    }
  }

  private void exitStatus() {
    CommandSpec from = command;
    while (from.usageMessage().exitCodeList().isEmpty() && from.parent() != null) {
      from = from.parent();
    }
    Map<String, String> codes = from.usageMessage().exitCodeList();
    if (codes.isEmpty()) {
      return;
    }
    macro("SH", "EXIT STATUS");
    codes.forEach(
        (code, meaning) -> {
          macro("TP");
          out.append("\\fB").append(escaped(code.strip())).append("\\fR\n");
          text(meaning);
        });
  }

  private void seeAlso() {
    if (command.parent() == null) {
      return;
    }
    macro("SH", "SEE ALSO");
    out.append("\\fB").append(escaped(name(command.parent()))).append("\\fR(1)\n");
  }

  private void paragraphs(List<String> lines) {
    boolean open = false;
    for (String line : lines) {
      if (line.isBlank()) {
        open = false;
      } else {
        macro(open ? "br" : "PP");
        text(line);
        open = true;
      }
    }
  }

  private void macro(String name, String... arguments) {
    out.append('.').append(name);
    for (String argument : arguments) {
      out.append(" \"").append(escaped(argument).replace("\"", "\\(dq")).append('"');
    }
    out.append('\n');
  }

  /** A line of text, whose beginning is no macro whatever it is. */
  private void text(String line) {
    String escaped = escaped(line.strip());
    boolean macro = escaped.startsWith(".") || escaped.startsWith("'");
    out.append(macro ? "\\&" : "").append(escaped).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq");
  }
}
